// `npm start`: sets up what is missing, then runs the control plane and passes every end on to it.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { root } from './run.mjs';
import { setup } from './setup.mjs';

setup();
const child = spawn(process.execPath, ['--enable-source-maps', path.join(root, 'apps/api/dist/main.mjs')], {
  stdio: 'inherit',
});
const stop = () => child.kill('SIGTERM');
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
// npm does not hand SIGTERM to its script: it and its shell end, and this process is left over. Then end too.
const parent = process.ppid;
if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && stop(), 250).unref();
child.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
