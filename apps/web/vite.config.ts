import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const api = process.env.FERRY_API ?? 'http://127.0.0.1:8460';

/** Few files instead of a hundred: what the first page needs in one, and what several later pages share in a few. */
const groups = [
  { name: 'base', tags: ['$initial' as const], priority: 2 },
  { name: 'shared', minShareCount: 2, entriesAware: true, entriesAwareMergeThreshold: 24_000, priority: 1 },
];

export default defineConfig({
  plugins: [react()],
  // Nothing inline: the pages run under a content security policy without 'unsafe-inline' and without data: URLs.
  build: {
    outDir: 'dist',
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 900,
    rolldownOptions: { output: { codeSplitting: { groups } } },
  },
  worker: { format: 'es' },
  server: { host: '127.0.0.1', proxy: { '/api': api } },
});
