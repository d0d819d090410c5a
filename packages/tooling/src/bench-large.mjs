// `npm run bench:large [-- --only string,packed,hash,zset,set,list,stream]`: single large values, and the memory that ferry
// needs.
//
// string  512 MB of random bytes · packed  512 MB that the source packs in its RDB · hash  10,000,000 fields ·
// zset, set, list  6,000,000 elements of 50 bytes · stream  1,000,000 entries with a group. A run counts only when source and target are equal by DEBUG DIGEST.
// Needs redis-server 7 or newer and redis-cli.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cli, dir, pause, startServer } from './bench-servers.mjs';
import { root } from './run.mjs';
import { setup } from './setup.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'string,packed,hash,zset,set,list,stream' },
    fields: { type: 'string', default: '10000000' },
    bytes: { type: 'string', default: '536870912' },
    elements: { type: 'string', default: '6000000' },
    entries: { type: 'string', default: '1000000' },
  },
});
const [sourcePort, targetPort] = [17_111, 17_112];
const url = (port) => `redis://127.0.0.1:${port}`;
const command = (...words) => Buffer.concat([Buffer.from(`*${words.length}\r\n`), ...words.map(bulk)]);
const bulk = (word) => {
  const bytes = Buffer.from(word);
  return Buffer.concat([Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')]);
};

/** 4 MiB that occur once, and text that repeats itself. */
function* stringWrites(isPacked) {
  const bytes = Number(values.bytes);
  yield command('SETRANGE', 'large', String(bytes - 1), 'x');
  for (let at = 0; at < bytes; at += 4_194_304) {
    const most = Math.min(4_194_304, bytes - at);
    const chunk = isPacked
      ? randomBytes(most / 8)
          .toString('hex')
          .padEnd(most, 'abcdefgh')
      : randomBytes(most);
    yield command('SETRANGE', 'large', String(at), chunk);
  }
}

function* hashWrites() {
  for (let from = 0; from < Number(values.fields); from += 1_000) {
    const fields = Array.from({ length: 1_000 }, (_, n) => [`field:${from + n}`, `value:${from + n}`]).flat();
    yield command('HSET', 'large', ...fields);
  }
}

function* elementWrites(name) {
  const score = (n) => (name === 'ZADD' ? [String(n / 7)] : []);
  for (let from = 0; from < Number(values.elements); from += 1_000) {
    const elements = Array.from({ length: 1_000 }, (_, n) => [
      ...score(from + n),
      `element:${from + n}:`.padEnd(50, 'abcdefgh'),
    ]);
    yield command(name, 'large', ...elements.flat());
  }
}

function* streamWrites() {
  const count = Number(values.entries);
  for (let n = 1; n <= count; n++) yield command('XADD', 'large', `${n}-1`, 'field', `value ${n} ${'x'.repeat(80)}`);
  yield command('XGROUP', 'CREATE', 'large', 'group', '0');
  for (let n = 0; n < count / 10; n += 1_000)
    yield command('XREADGROUP', 'GROUP', 'group', 'ann', 'COUNT', '1000', 'STREAMS', 'large', '>');
  yield command('XTRIM', 'large', 'MINID', `${Math.floor(count / 20)}-1`);
}

const cases = {
  string: () => stringWrites(false),
  packed: () => stringWrites(true),
  hash: hashWrites,
  zset: () => elementWrites('ZADD'),
  set: () => elementWrites('SADD'),
  list: () => elementWrites('RPUSH'),
  stream: streamWrites,
};

async function fill(writes) {
  const child = spawn('redis-cli', ['-p', String(sourcePort), '--pipe'], { stdio: ['pipe', 'ignore', 'inherit'] });
  for (const write of writes) if (!child.stdin.write(write)) await once(child.stdin, 'drain');
  child.stdin.end();
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`redis-cli --pipe ended with ${code}`);
}

/** Runs ferry to its end; the peak of its memory in MiB. */
async function migrate() {
  const state = fs.mkdtempSync(path.join(dir, 'state-'));
  const args = ['migrate', '--mode', 'full', '--json', '--state', state, url(sourcePort), url(targetPort)];
  const child = spawn(process.execPath, [path.join(root, 'dist/ferry.cjs'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  let ended = null;
  child.once('exit', (code) => (ended = code));
  let peak = 0;
  for (const started = performance.now(); ; await pause(50)) {
    try {
      const status = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8');
      peak = Math.max(peak, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
    } catch {
      // It has just ended.
    }
    if (ended === null) continue;
    if (ended !== 0) throw new Error(`ferry ended with ${ended}: ${said.slice(-2_000)}`);
    return { ms: performance.now() - started, peak };
  }
}

setup(['engine']);
for (const name of values.only.split(',')) {
  const [source, target] = [await startServer(sourcePort), await startServer(targetPort)];
  for (const port of [sourcePort, targetPort])
    cli(port, 'config', 'set', 'client-output-buffer-limit', 'replica 0 0 0');
  await fill(cases[name]());
  const { ms, peak } = await migrate();
  if (cli(sourcePort, 'debug', 'digest') !== cli(targetPort, 'debug', 'digest'))
    throw new Error(`${name}: the data differ`);
  console.log(`${name.padEnd(8)} ${(ms / 1000).toFixed(1)} s  peak ${Math.round(peak)} MiB`);
  await Promise.all([source.stop(), target.stop()]);
}
