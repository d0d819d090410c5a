// Servers for the benchmarks: fresh ones in a folder of their own that goes with the process.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
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

/**
 * Starts a server, loaded from a dump when one is given, without any way to persist. `nodesFile`: makes it the node of a
 * cluster that the file describes.
 */
export async function startServer(port, rdb, nodesFile) {
  const folder = fs.mkdtempSync(path.join(dir, `${port}-`));
  if (rdb) fs.copyFileSync(rdb, path.join(folder, 'dump.rdb'));
  if (nodesFile) fs.writeFileSync(path.join(folder, 'nodes.conf'), nodesFile);
  const settings = {
    ...{ port, bind: '127.0.0.1', dir: folder, save: '', appendonly: 'no', 'repl-diskless-sync-delay': 0 },
    ...{ 'client-output-buffer-limit': 'replica 0 0 0', 'enable-debug-command': 'local' },
    ...(nodesFile ? { 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf' } : {}),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  servers.add(server);
  while (spawnSync('redis-cli', ['-p', String(port), 'ping'], { encoding: 'utf8' }).stdout.trim() !== 'PONG')
    await pause(20);
  return {
    folder,
    pid: server.pid,
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

const slots = 16_384;

/** Starts a cluster of primaries on neighbouring ports, each loaded from its dump where dumps are given. */
export async function startCluster(firstPort, masters, rdbs = []) {
  const ports = Array.from({ length: masters }, (_, index) => firstPort + index);
  const ids = ports.map(() => randomBytes(20).toString('hex'));
  const from = (index) => Math.round((index * slots) / masters);
  const nodesFile = (me) =>
    ports
      .map((port, index) => {
        const flags = index === me ? 'myself,master' : 'master';
        const range = `${from(index)}-${from(index + 1) - 1}`;
        return `${ids[index]} 127.0.0.1:${port}@${port + 10_000} ${flags} - 0 0 ${index + 1} connected ${range}\n`;
      })
      .join('')
      .concat(`vars currentEpoch ${masters} lastVoteEpoch 0\n`);
  const nodes = await Promise.all(ports.map((port, index) => startServer(port, rdbs[index], nodesFile(index))));
  for (const port of ports) while (!cli(port, 'cluster', 'info').includes('cluster_state:ok')) await pause(20);
  return { ports, nodes, stop: () => Promise.all(nodes.map((node) => node.stop())) };
}

/** The digest of everything that servers hold together: equal for the same keys and values, however they are spread. */
export function digestOf(ports) {
  const digests = ports.map((port) => BigInt(`0x${cli(port, 'debug', 'digest')}`));
  // Each server that is not empty adds the same constant; of an odd number of them one remains.
  if (ports.length % 2 === 0) throw new Error('only an odd number of servers can be compared');
  return digests.reduce((all, one) => all ^ one, 0n);
}
