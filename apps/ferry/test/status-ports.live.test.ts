import { createConnection } from 'node:net';
import {
  bundleFerry,
  freePort,
  openClient,
  runFerry,
  spawnFerry,
  startRedis,
  stopEverything,
  tempDir,
  removeDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, beforeAll, expect, test } from 'vitest';

const dirs: string[] = [];
beforeAll(bundleFerry);
afterEach(async () => {
  await stopEverything();
  for (const dir of dirs.splice(0)) removeDir(dir);
});

/** What redis-migrate-tool answers, by its documentation. */
const documented = [
  ...['version', 'os', 'multiplexing_api', 'gcc_version', 'process_id', 'tcp_port', 'uptime_in_seconds'],
  ...['uptime_in_days', 'config_file', 'connected_clients', 'max_clients_limit', 'total_connections_received'],
  ...['mem_allocator', 'source_nodes_count', 'target_nodes_count', 'all_rdb_received', 'all_rdb_parsed'],
  ...['all_aof_loaded', 'rdb_received_count', 'rdb_parsed_count', 'aof_loaded_count', 'total_msgs_recv'],
  ...['total_msgs_sent', 'total_net_input_bytes', 'total_net_output_bytes', 'total_net_input_bytes_human'],
  ...['total_net_output_bytes_human', 'total_mbufs_inqueue', 'total_msgs_outqueue'],
];

const fieldsOf = (text: string) =>
  new Map([...text.matchAll(/^(\w+):(.*)\r$/gm)].map(([, name = '', value = '']) => [name, value]));

test('a run shows itself to Prometheus and to clients of Redis', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await source.client.mset('a', '1', 'b', '2', 'c', '3');
  const [metrics, status] = [await freePort(), await freePort()];
  const dir = tempDir('ports');
  dirs.push(dir);
  const ports = ['--metrics-port', String(metrics), '--status-port', String(status)];
  const ferry = await spawnFerry(['migrate', source.url, target.url, '--state', dir, ...ports]);
  const scrape = async () => (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  await waitFor(async () => /state="incremental_sync"} 1/.test(await scrape().catch(() => '')), { deadlineMs: 30_000 });
  expect(await scrape()).toMatch(/^# TYPE cacheferry_keys_done_total counter\ncacheferry_keys_done_total 3$/m);
  expect((await fetch(`http://127.0.0.1:${metrics}/other`)).status).toBe(404);

  const client = openClient(`redis://127.0.0.1:${status}`);
  expect(await client.ping()).toBe('PONG');
  const before = fieldsOf(await client.info());
  expect(documented.filter((name) => !before.has(name))).toEqual([]);
  expect([before.get('all_rdb_parsed'), before.get('source_nodes_count'), before.get('target_nodes_count')]).toEqual([
    '1',
    '1',
    '1',
  ]);
  for (let n = 0; n < 50; n++) await source.client.incr('counter');
  await waitFor(async () => (await target.client.get('counter')) === '50', { deadlineMs: 10_000 });
  const moved = ['total_msgs_recv', 'total_msgs_sent', 'total_net_input_bytes', 'total_net_output_bytes'];
  await waitFor(
    async () => {
      const after = fieldsOf(await client.info());
      return moved.every((name) => Number(after.get(name)) > Number(before.get(name)));
    },
    { deadlineMs: 10_000, what: 'all counters to move' },
  );
  expect([...fieldsOf(await client.info('clients')).keys()]).toEqual(documented.slice(9, 12));
  await expect(client.get('a')).rejects.toThrow(/unknown command/);
  client.disconnect();

  await expectClosed(status, 'x'.repeat(10_000));
  await expectClosed(status, '*1\r\n$99999\r\n');
  await runFerry(['stop', '--state', dir]);
  expect((await ferry.ended()).code).toBe(130);
  await expect(fetch(`http://127.0.0.1:${metrics}/metrics`)).rejects.toThrow();
});

test('a port that is taken ends the run before it begins', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await source.client.set('a', '1');
  const { code, stderr } = await runFerry([
    'migrate',
    source.url,
    target.url,
    '--mode',
    'full',
    '--metrics-port',
    String(source.port),
  ]);
  expect([code, stderr]).toEqual([1, expect.stringMatching(/^error\[status.cannot_listen\].*EADDRINUSE/)]);
  expect(await target.client.dbsize()).toBe(0);
});

/** Whoever sends what is no question is let go. */
function expectClosed(port: number, bytes: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    socket.on('data', () => {});
    socket.on('error', () => {});
    socket.setTimeout(10_000, () => reject(new Error('the connection stays open')));
    socket.on('close', () => resolve());
  });
}
