// Servers for the benchmarks: fresh ones in a folder of their own that goes with the process.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

export const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ferry-bench-'));
const servers = new Set();
process.on('exit', () => {
  for (const server of servers) server.kill('SIGKILL');
  fs.rmSync(dir, { recursive: true, force: true });
});

export const cli = (port, ...args) => {
  const result = spawnSync('redis-cli', ['-p', String(port), ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`redis-cli ${args.join(' ')}: ${result.stderr}`);
  return result.stdout.trim();
};
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Starts a server, loaded from a dump when one is given, without any way to persist. */
export async function startServer(port, rdb) {
  const folder = fs.mkdtempSync(path.join(dir, `${port}-`));
  if (rdb) fs.copyFileSync(rdb, path.join(folder, 'dump.rdb'));
  const settings = { port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no', 'repl-diskless-sync-delay': 0 };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', [...args, '--enable-debug-command', 'local'], { stdio: 'ignore' });
  servers.add(server);
  while (spawnSync('redis-cli', ['-p', String(port), 'ping'], { encoding: 'utf8' }).stdout.trim() !== 'PONG')
    await pause(20);
  return {
    folder,
    stop: () =>
      new Promise((resolve) => {
        server.once('exit', () => {
          servers.delete(server);
          fs.rmSync(folder, { recursive: true, force: true });
          resolve();
        });
        server.kill('SIGKILL');
      }),
  };
}
