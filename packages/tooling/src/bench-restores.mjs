// Loads an RDB into a server and writes one RESTORE command for each key, as redis-cli --pipe takes them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { root } from './run.mjs';

const { Redis } = createRequire(path.join(root, 'packages/testkit/package.json'))('ioredis');
const [rdb, file] = process.argv.slice(2);
const port = 17_103;
const dir = fs.mkdtempSync(`${file}-`);
fs.copyFileSync(rdb, path.join(dir, 'dump.rdb'));
const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''], {
  stdio: 'ignore',
});
const client = new Redis(port, '127.0.0.1');
client.on('error', () => {});
await client.ping();

const out = fs.createWriteStream(file);
for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
  const [next, keys] = await client.scanBuffer(cursor, 'COUNT', 1000);
  cursor = String(next);
  const [dumps, expiries] = await Promise.all([
    Promise.all(keys.map((key) => client.dumpBuffer(key))),
    Promise.all(keys.map((key) => client.pexpiretime(key))),
  ]);
  const commands = keys.flatMap((key, i) => restore(key, Math.max(0, expiries[i]), dumps[i]));
  if (!out.write(Buffer.concat(commands))) await once(out, 'drain');
}
out.end();
await once(out, 'finish');
client.disconnect();
server.kill('SIGKILL');
fs.rmSync(dir, { recursive: true, force: true });

function restore(key, expireAt, dump) {
  const args = [Buffer.from('RESTORE'), key, Buffer.from(String(expireAt)), dump, Buffer.from('ABSTTL')];
  return [
    Buffer.from(`*${args.length}\r\n`),
    ...args.flatMap((arg) => [Buffer.from(`$${arg.length}\r\n`), arg, Buffer.from('\r\n')]),
  ];
}
