import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { atExit } from './at-exit.ts';

// Below the range from which the system takes the ports of outgoing connections, and low enough for a cluster bus
// port (+10,000); the file per port keeps processes that run at the same time apart.
const first = 12_000;
const count = 10_000;
const locks = path.join(os.tmpdir(), 'ferry-test-ports');
const mine = new Set<string>();
let next = (process.pid * 37) % count;

atExit(() => {
  for (const file of mine) fs.rmSync(file, { force: true });
});

/** A port on loopback that nobody listens on, and that no other test process is given while this one lives. */
export async function freePort(): Promise<number> {
  fs.mkdirSync(locks, { recursive: true, mode: 0o1777 });
  for (let tries = 0; tries < count; tries++) {
    const port = first + (next++ % count);
    if (!reserve(port)) continue;
    if ((await canListen(port)) && (await canListen(port + 10_000))) return port;
  }
  throw new Error('no free port was found');
}

function reserve(port: number): boolean {
  const file = path.join(locks, String(port));
  if (mine.has(file)) return false;
  try {
    const owner = Number(fs.readFileSync(file, 'utf8'));
    if (isAlive(owner)) return false;
    fs.rmSync(file, { force: true });
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) return false;
  }
  try {
    fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
  mine.add(file);
  return true;
}

function isAlive(pid: number): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, 'EPERM');
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
