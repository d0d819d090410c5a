// `npm run bench:cluster -- [--set strings|mixed] [--keys 2000000] [--rdb FILE] [--runs 3] [--only …]`: a full sync into a
// cluster beside the same between two servers.
//
// ferry            server → server, from the replication stream
// to-cluster       server → cluster of three primaries
// cluster-cluster  cluster of three primaries → another
// scan             server → server, by SCAN and DUMP
//
// Contenders take turns on fresh servers, so that noise hits them alike: quote ratios of one run, never seconds. A run
// counts only when source and target are equal by DEBUG DIGEST. Needs redis-server 7 or newer and redis-cli.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { fill } from './bench-data.mjs';
import { cli, digestOf, dir, startCluster, startServer } from './bench-servers.mjs';
import { root } from './run.mjs';
import { setup } from './setup.mjs';

const { values } = parseArgs({
  options: {
    set: { type: 'string', default: 'strings' },
    keys: { type: 'string', default: '2000000' },
    rdb: { type: 'string' },
    runs: { type: 'string', default: '3' },
    only: { type: 'string', default: 'ferry,to-cluster,cluster-cluster,scan' },
  },
});
const [sourcePort, targetPort, masters] = [17_121, 17_131, 3];
const ferry = path.join(root, 'dist/ferry.cjs');

/** A dump of the whole set; how many keys it has. */
async function prepare() {
  const source = await startServer(sourcePort, values.rdb);
  if (!values.rdb) await fill(sourcePort, values.set, Number(values.keys));
  cli(sourcePort, 'save');
  const rdb = path.join(dir, 'bench.rdb');
  fs.copyFileSync(path.join(source.folder, 'dump.rdb'), rdb);
  const keys = Number(cli(sourcePort, 'dbsize'));
  await source.stop();
  return { rdb, keys };
}

/** A dump for each node of a cluster that has the set. */
async function spread(rdb) {
  const source = await startServer(sourcePort, rdb);
  const cluster = await startCluster(targetPort, masters);
  await migrate([url([sourcePort]), url(cluster.ports)]);
  const dumps = cluster.nodes.map(({ folder }, index) => {
    cli(cluster.ports[index], 'save');
    const dump = path.join(dir, `bench-${index}.rdb`);
    fs.copyFileSync(path.join(folder, 'dump.rdb'), dump);
    return dump;
  });
  await Promise.all([source.stop(), cluster.stop()]);
  return dumps;
}

const url = (ports, scheme = ports.length > 1 ? 'redis+cluster' : 'redis') =>
  `${scheme}://${ports.map((port) => `127.0.0.1:${port}`).join(',')}`;

/** Processor seconds of a process and of its children that have ended. */
function processorOf(pid) {
  const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
}

/** Runs ferry to its end; how long it took, and what it needed. */
async function migrate(ends) {
  const started = performance.now();
  const state = fs.mkdtempSync(path.join(dir, 'state-'));
  const child = spawn(process.execPath, [ferry, 'migrate', '--mode', 'full', '--json', '--state', state, ...ends], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data) => (said += data));
  const used = { rss: 0, cpu: 0 };
  const look = setInterval(() => {
    try {
      const status = fs.readFileSync(`/proc/${child.pid}/status`, 'utf8');
      used.rss = Math.max(used.rss, Number(/VmHWM:\s+(\d+)/.exec(status)[1]) / 1024);
      used.cpu = processorOf(child.pid);
    } catch {
      clearInterval(look);
    }
  }, 50);
  const code = await new Promise((resolve) => child.once('exit', resolve));
  clearInterval(look);
  if (code !== 0) throw new Error(`ferry ended with ${code}: ${said.slice(-2_000)}`);
  return { ms: performance.now() - started, ...used };
}

const one = async (port, rdb) => {
  const server = await startServer(port, rdb);
  return { ports: [port], nodes: [server], stop: () => server.stop() };
};
const contenders = {
  ferry: { source: ({ rdb }) => one(sourcePort, rdb), target: () => one(targetPort) },
  'to-cluster': { source: ({ rdb }) => one(sourcePort, rdb), target: () => startCluster(targetPort, masters) },
  'cluster-cluster': {
    source: ({ dumps }) => startCluster(sourcePort, masters, dumps),
    target: () => startCluster(targetPort, masters),
  },
  scan: { source: ({ rdb }) => one(sourcePort, rdb), target: () => one(targetPort), scheme: 'redis-scan' },
};

async function measure({ source: startSource, target: startTarget, scheme }, data) {
  const [source, target] = [await startSource(data), await startTarget()];
  const busy = ({ nodes }) => nodes.reduce((sum, { pid }) => sum + processorOf(pid), 0);
  const before = [source, target].map(busy);
  const result = await migrate([url(source.ports, scheme), url(target.ports)]);
  const [sourceCpu, targetCpu] = [source, target].map((end, at) => busy(end) - before[at]);
  const isEqual = digestOf(source.ports) === digestOf(target.ports);
  await Promise.all([source.stop(), target.stop()]);
  if (!isEqual) throw new Error('the data differ');
  return { ...result, sourceCpu, targetCpu };
}

setup(['engine']);
const { rdb, keys } = await prepare();
const names = values.only.split(',');
const dumps = names.includes('cluster-cluster') ? await spread(rdb) : [];
const results = Object.fromEntries(names.map((name) => [name, []]));
for (let run = 0; run < Number(values.runs); run++)
  for (const name of names) results[name].push(await measure(contenders[name], { rdb, dumps }));

const median = (list) => list.sort((a, b) => a - b)[Math.floor(list.length / 2)];
const base = results.ferry ? median(results.ferry.map(({ ms }) => ms)) : undefined;
for (const name of names) {
  const of = (what) => median(results[name].map((result) => result[what]));
  const seconds = (of('ms') / 1000).toFixed(2);
  const ratio = base ? `  ${(base / of('ms')).toFixed(2)} × ferry` : '';
  const cpu = `source ${of('sourceCpu').toFixed(1)}, ferry ${of('cpu').toFixed(1)}, target ${of('targetCpu').toFixed(1)} s`;
  const rss = Math.round(Math.max(...results[name].map((result) => result.rss)));
  console.log(
    `${name.padEnd(16)} ${seconds} s  ${Math.round((keys / of('ms')) * 1000)} keys/s  ${rss} MiB  processor: ${cpu}${ratio}`,
  );
}
