// `npm run bench -- [--keys 2000000] [--size 100 | --rdb FILE] [--runs 3]`: a copy by ferry beside what one server takes at
// most. `--rdb`: a set of your own, whose keys are counted.
//
// pipe-restore  redis-cli --pipe with ready-made RESTORE commands: the target's own ceiling, no source takes part
// drain         redis-cli --rdb - into nothing: what a source needs to give its data away, no target takes part
// floor         both at once: as long as a copy from the replication stream takes if the tool between costs nothing
// replicaof     the server's own replication
// ferry         dist/ferry.cjs migrate --mode full from the replication stream
// ferry-check   dist/ferry.cjs check over two equal servers
//
// Contenders take turns on fresh servers, so that noise hits them alike: quote ratios of one run, never seconds. A run
// counts only when source and target are equal by DEBUG DIGEST. Needs redis-server 7 or newer and redis-cli.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fill } from './bench-data.mjs';
import { cli, dir, pause, startServer } from './bench-servers.mjs';
import { root } from './run.mjs';
import { setup } from './setup.mjs';

const { values } = parseArgs({
  options: {
    keys: { type: 'string', default: '2000000' },
    size: { type: 'string', default: '100' },
    rdb: { type: 'string' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: 'pipe-restore,replicaof,ferry,ferry-check' },
  },
});
const [sourcePort, targetPort] = [17_101, 17_102];
const ferry = path.join(root, 'dist/ferry.cjs');
async function prepare() {
  const rdb = values.rdb ?? path.join(dir, 'bench.rdb');
  const source = await startServer(sourcePort, values.rdb);
  if (!values.rdb) {
    await fill(sourcePort, 'strings', Number(values.keys), Number(values.size));
    cli(sourcePort, 'save');
    fs.copyFileSync(path.join(source.folder, 'dump.rdb'), rdb);
  }
  const keys = Number(cli(sourcePort, 'dbsize'));
  await source.stop();
  return { rdb, keys };
}

/** The command stream of RESTOREs, made once by copying into a recorder that only keeps what it was sent. */
async function recordRestores(rdb) {
  const file = path.join(dir, 'restores');
  const result = spawnSync(process.execPath, [path.join(root, 'packages/tooling/src/bench-restores.mjs'), rdb, file]);
  if (result.status !== 0) throw new Error(String(result.stderr));
  return file;
}

async function timed(command, args, input) {
  const started = performance.now();
  const child = spawn(command, args, { stdio: [input ? fs.openSync(input, 'r') : 'ignore', 'ignore', 'pipe'] });
  let rss = 0;
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const look = setInterval(() => {
    try {
      rss = Math.max(
        rss,
        Number(/VmHWM:\s+(\d+)/.exec(fs.readFileSync(`/proc/${child.pid}/status`, 'utf8'))[1]) / 1024,
      );
    } catch {
      clearInterval(look);
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said.slice(-500)}`);
  return { ms: performance.now() - started, rss };
}

async function replicaof() {
  const started = performance.now();
  cli(targetPort, 'replicaof', '127.0.0.1', String(sourcePort));
  while (!cli(targetPort, 'info', 'replication').includes('master_link_status:up')) await pause(20);
  const ms = performance.now() - started;
  cli(targetPort, 'replicaof', 'no', 'one');
  return { ms, rss: 0 };
}

const pipe = ({ restores }) => timed('redis-cli', ['-p', String(targetPort), '--pipe'], restores);
const drain = () => timed('redis-cli', ['-p', String(sourcePort), '--rdb', '-']);

async function floor(files) {
  const both = await Promise.all([pipe(files), drain()]);
  return { ms: Math.max(...both.map((one) => one.ms)), rss: 0 };
}

const url = (port) => `redis://127.0.0.1:${port}`;
const contenders = {
  'pipe-restore': { run: pipe },
  drain: { run: drain, copiesNothing: true },
  floor: { run: floor },
  replicaof: { run: replicaof },
  ferry: {
    run: () =>
      timed(process.execPath, [ferry, 'migrate', '--mode', 'full', '--json', url(sourcePort), url(targetPort)]),
  },
  'ferry-check': {
    twin: true,
    run: () => timed(process.execPath, [ferry, 'check', '--json', url(sourcePort), url(targetPort)]),
  },
};

setup(['engine']);
const { rdb, keys } = await prepare();
const names = values.only.split(',');
const needsRestores = names.includes('pipe-restore') || names.includes('floor');
const restores = needsRestores ? await recordRestores(rdb) : undefined;
const results = Object.fromEntries(names.map((name) => [name, []]));
for (let run = 0; run < Number(values.runs); run++) {
  for (const name of names) {
    const contender = contenders[name];
    const source = await startServer(sourcePort, rdb);
    const target = await startServer(targetPort, contender.twin ? rdb : undefined);
    results[name].push(await contender.run({ restores }));
    if (!contender.copiesNothing && cli(sourcePort, 'debug', 'digest') !== cli(targetPort, 'debug', 'digest'))
      throw new Error(`${name}: the data differ`);
    await Promise.all([source.stop(), target.stop()]);
  }
}
const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const base = results['pipe-restore'] ? median(results['pipe-restore'].map((r) => r.ms)) : undefined;
for (const name of names) {
  const ms = median(results[name].map((r) => r.ms));
  const ratio = base ? `  ${(base / ms).toFixed(2)} × pipe-restore` : '';
  const rss = Math.round(Math.max(...results[name].map((r) => r.rss)));
  console.log(
    `${name.padEnd(14)} ${(ms / 1000).toFixed(2)} s  ${Math.round((keys / ms) * 1000)} keys/s  ${rss} MiB${ratio}`,
  );
}
