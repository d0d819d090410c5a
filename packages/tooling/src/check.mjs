// `npm run check`: types, format, lint, import rules, dead code. Every tool runs, then the sum decides.
import { setup } from './setup.mjs';
import { bin, runLive } from './run.mjs';

setup(['database', 'engine']);
const tools = [
  ['types', 'tsc', ['--noEmit']],
  ['format', 'biome', ['format', '.']],
  ['lint', 'eslint', ['.', '--cache', '--cache-location', 'node_modules/.cache/eslint', '--max-warnings', '0']],
  ['imports', 'depcruise', ['apps', 'packages', '--config', 'packages/tooling/src/dependency-rules.cjs']],
  ['dead code', 'knip', ['--config', 'packages/tooling/knip.json']],
];
const failed = [];
for (const [name, program, args] of tools) {
  const started = performance.now();
  const code = runLive(bin(program), args);
  console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${name} ${Math.round(performance.now() - started)} ms`);
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) {
  console.error(`check failed: ${failed.join(', ')}`);
  process.exit(1);
}
