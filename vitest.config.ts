import { defineConfig } from 'vitest/config';

const unit = ['packages/*/{src,test}/**/*.test.{ts,mjs}', 'apps/*/{src,test}/**/*.test.{ts,tsx}'];
const live = ['packages/*/test/**/*.live.test.ts', 'apps/*/test/**/*.live.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: unit,
          exclude: [...live, '**/node_modules/**'],
          testTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'live',
          include: live,
          testTimeout: 90_000,
          hookTimeout: 90_000,
          // These tests wait for servers most of the time: on two processors two files at once leave half of them idle.
          maxWorkers: 4,
          retry: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
