// `npm run bench:stream -- [--rate 60000] [--size 100] [--seconds 60] [--stall 5000000] [--cluster] [--commands sets]`: how
// far a target is behind.
//
// lag       a mark is written to the source each 20 ms among the writes; how long until the target has it
// catch-up  the migration is paused, so many commands are written, it is resumed: commands per second until all are in
//
// --cluster            the target is a cluster of three primaries
// --commands guarded   INCR, APPEND, LPUSH and XADD in turn, which must not be run twice, instead of SET
// --commands counters  INCR of a key that is new, and its EXPIRE
//
// Source, target, engine and writer share the machine. Ends with 1 when source and target differ.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cli, digestOf, dir, pause, startCluster, startServer } from './bench-servers.mjs';
import { root } from './run.mjs';
import { setup } from './setup.mjs';

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '60000' },
    size: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '60' },
    stall: { type: 'string', default: '5000000' },
    cluster: { type: 'boolean', default: false },
    commands: { type: 'string', default: 'sets' },
  },
});
const [rate, size, seconds, stall] = [values.rate, values.size, values.seconds, values.stall].map(Number);
const [sourcePort, targetPort] = [17_111, 17_112];
const ferry = path.join(root, 'dist/ferry.cjs');
const state = path.join(dir, 'state');
const keySpace = 200_000;

/** A connection whose replies are only counted; `last` is the text of the newest one. */
function connect(port) {
  const socket = net.connect(port, '127.0.0.1').setNoDelay(true);
  const link = { socket, last: '', write: (data) => socket.write(data) };
  socket.on('data', (data) => (link.last = data.toString('latin1')));
  return link;
}

const text = 'x'.repeat(size);
let written = 0;
const encode = (words) => `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
const guarded = [
  (n) => ['INCR', `count:${n}`],
  (n) => ['APPEND', `text:${n}`, 'abcdefgh'],
  (n) => ['LPUSH', `list:${n}`, 'abcdefgh'],
  (n) => ['XADD', `stream:${n}`, '*', 'field', 'abcdefgh'],
];
const command = {
  sets: (n) => ['SET', `key:${n % keySpace}`, text],
  guarded: (n) => guarded[n % guarded.length](n % keySpace),
  counters: (n) => (n % 2 === 0 ? ['INCR', `counter:${n}`] : ['EXPIRE', `counter:${n - 1}`, '3600']),
}[values.commands];

/** So many commands over a fixed set of keys. */
function commands(count) {
  let out = '';
  for (let i = 0; i < count; i++) out += encode(command(written++));
  return out;
}

/** Writes at the rate and marks each 20 ms; returns how long each mark took to arrive, in milliseconds. */
async function measureLag() {
  const [writer, marker, reader] = [connect(sourcePort), connect(sourcePort), connect(markPort)];
  const begin = performance.now();
  const sentAt = [];
  const lags = [];
  let due = 0;
  const look = setInterval(() => {
    const seen = Number(/^\$\d+\r\n(\d+)/.exec(reader.last)?.[1] ?? -1);
    while (lags.length <= seen) lags.push(performance.now() - sentAt[lags.length]);
    reader.write('*2\r\n$3\r\nGET\r\n$4\r\nmark\r\n');
  }, 2);
  while (performance.now() - begin < seconds * 1_000) {
    const wanted = Math.floor(((performance.now() - begin) * rate) / 1_000);
    if (wanted > due && writer.socket.writableLength < 1 << 20) writer.write(commands(Math.min(wanted - due, 5_000)));
    due = Math.min(wanted, due + 5_000);
    if (performance.now() - begin > sentAt.length * 20) {
      marker.write(`*3\r\n$3\r\nSET\r\n$4\r\nmark\r\n$${String(sentAt.length).length}\r\n${sentAt.length}\r\n`);
      sentAt.push(performance.now());
    }
    await pause(4);
  }
  while (lags.length < sentAt.length) await pause(5);
  clearInterval(look);
  for (const { socket } of [writer, marker, reader]) socket.destroy();
  return lags.sort((a, b) => a - b);
}

/** Lets the target fall behind by `stall` commands and returns how many it takes in a second until it has them. */
async function measureCatchUp() {
  steer('pause');
  const writer = connect(sourcePort);
  for (let left = stall; left > 0; left -= 50_000)
    await new Promise((resolve) => writer.socket.write(commands(Math.min(left, 50_000)), resolve));
  writer.write('*3\r\n$3\r\nSET\r\n$4\r\nmark\r\n$3\r\nend\r\n');
  while (cli(sourcePort, 'get', 'mark') !== 'end') await pause(20);
  const begin = performance.now();
  steer('resume');
  while (cli(markPort, 'get', 'mark') !== 'end') await pause(50);
  writer.socket.destroy();
  return stall / ((performance.now() - begin) / 1_000);
}

function steer(command) {
  const { status, stderr } = spawnSync(process.execPath, [ferry, command, '--state', state], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

setup(['engine']);
await startServer(sourcePort);
const target = values.cluster ? await startCluster(targetPort, 3) : { nodes: [await startServer(targetPort)] };
const targetPorts = target.nodes.map((_, index) => targetPort + index);
/** The server that has the mark. */
const markPort = targetPorts.find((port) => !cli(port, 'get', 'mark').startsWith('MOVED'));
const args = [
  'migrate',
  '--state',
  state,
  '--json',
  `redis://127.0.0.1:${sourcePort}`,
  `redis${values.cluster ? '+cluster' : ''}://${targetPorts.map((port) => `127.0.0.1:${port}`).join(',')}`,
];
const engine = spawn(process.execPath, [ferry, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
process.on('exit', () => engine.kill('SIGKILL'));
cli(sourcePort, 'set', 'mark', 'first');
while (cli(markPort, 'get', 'mark') !== 'first') await pause(50);

const lags = await measureLag();
const lagAt = (share) => `${lags[Math.min(lags.length - 1, Math.floor(lags.length * share))].toFixed(0)} ms`;
const counted = written;
console.log(
  `lag at ${Math.round(counted / seconds)} writes/s: median ${lagAt(0.5)}, p99 ${lagAt(0.99)}, worst ${lagAt(1)}`,
);
console.log(`catch-up: ${Math.round(await measureCatchUp())} commands/s over ${stall} commands`);
const rss = /VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${engine.pid}/status`, 'utf8'))?.[1];
console.log(`peak memory of the engine: ${Math.round(Number(rss) / 1024)} MiB`);
steer('stop');
await new Promise((resolve) => engine.once('exit', resolve));
for (const port of targetPorts)
  for (const key of cli(port, 'keys', 'cf:*').split('\n').filter(Boolean)) cli(port, 'del', key);
const isEqual = digestOf([sourcePort]) === digestOf(targetPorts);
console.log(isEqual ? 'source and target are equal' : 'source and target differ');
process.exit(isEqual ? 0 : 1);
