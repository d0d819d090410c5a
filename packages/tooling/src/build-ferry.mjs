// The `ferry` command and the engine in one file that needs only Node: what a migration machine runs.
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './run.mjs';

const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));

await build({
  absWorkingDir: root,
  entryPoints: ['apps/ferry/src/main.ts'],
  outfile: 'dist/ferry.cjs',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
  define: { FERRY_VERSION: JSON.stringify(version) },
  // Half the text to be read at each start, and names that a stack trace still shows.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});
fs.chmodSync(path.join(root, 'dist/ferry.cjs'), 0o755);
