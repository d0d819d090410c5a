import path from 'node:path';
import { defineConfig } from '@playwright/test';

const results = path.resolve(import.meta.dirname, '../../test-results');

export default defineConfig({
  testDir: 'src',
  testMatch: '**/*.journey.ts',
  forbidOnly: true,
  // Every journey starts the whole product with servers of its own: one after the other is fastest on two cores.
  workers: 1,
  // A machine that is busy with something else must not fail a whole run; what fails twice does.
  retries: 1,
  timeout: 180_000,
  outputDir: path.join(results, 'playwright'),
  reporter: [['line'], ['json', { outputFile: path.join(results, 'playwright.json') }]],
  use: {
    browserName: 'chromium',
    actionTimeout: 20_000,
    viewport: { width: 1440, height: 900 },
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-dev-shm-usage',
        '--disable-quic',
        '--disable-background-networking',
        '--disable-component-update',
      ],
    },
  },
});
