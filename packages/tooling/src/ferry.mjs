// `npm run ferry -- ARGS`: bundles the command from the sources when they changed, then runs it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './run.mjs';
import { setup } from './setup.mjs';

setup(['engine']);
const child = spawn(
  process.execPath,
  ['--enable-source-maps', path.join(root, 'dist/ferry.cjs'), ...process.argv.slice(2)],
  {
    stdio: 'inherit',
  },
);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
