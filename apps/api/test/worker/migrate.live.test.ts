import {
  compareServers,
  faultProxy,
  openClient,
  type RedisServer,
  removeDir,
  seedMixed,
  startRedis,
  startSshd,
  startWriter,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { processesOf } from './processes-of.ts';
import { contactOf, Installation } from './worker.ts';

let work = '';
let site: Installation | undefined;
afterEach(async () => {
  await site?.stopWorkers();
  for (const pid of processesOf(work)) process.kill(pid, 'SIGKILL');
  await stopEverything();
  removeDir(work);
});

/** How many connections a server has, ours excepted. */
async function connectionsOf(server: RedisServer): Promise<number> {
  const list = String(await server.client.call('CLIENT', 'LIST'));
  return list.split('\n').filter((line) => /name=ferry|flags=S/.test(line)).length;
}

test('a migration under writes comes out exact through cuts of the connection, kills of the engine and new workers', async () => {
  const [source, target] = await Promise.all([startRedis(), startRedis()]);
  await seedMixed(openClient(source.url), { keys: 2_000 });
  const server = await startSshd();
  const proxy = await faultProxy({ port: server.port });
  work = tempDir('work');
  site = new Installation(contactOf(server, { port: proxy.port, workDir: work }));
  const id = site.addRun({
    version: 1,
    kind: 'migrate',
    mode: 'sync',
    source: { url: source.url },
    target: { url: target.url },
  });
  const row = site.runs.row(id);
  const until = (condition: () => unknown, what: string) => waitFor(condition, { what, deadlineMs: 40_000 });
  const writer = await startWriter(source.url, { rate: 300 });
  const { supervisor } = await site.worker();
  supervisor.attend({ kind: 'run', id });
  const isFollowing = () => row.events.findLast((event) => event.type === 'progress')?.state === 'incremental_sync';
  await until(isFollowing, 'the incremental sync');

  for (let round = 1; round <= 2; round++) {
    proxy.cut();
    const pid = Number(await until(() => row.run.pid, 'an engine'));
    process.kill(pid, 'SIGKILL');
    await until(() => row.run.launches === round + 1 && row.run.pid, 'the next engine');
    const seen = row.run.lastSeq;
    await until(() => row.run.lastSeq > seen && isFollowing(), 'the incremental sync');
  }
  await site.stopWorkers();
  const next = await site.worker();
  await next.supervisor.reconcile();

  await until(() => writer.counts.acked > 100, 'the writes');
  await writer.stop();
  const quietSince = Date.now();
  const isShipped = () => {
    const progress = row.events.findLast(({ type }) => type === 'progress');
    return progress && Date.parse(progress.at) > quietSince + 1_000 && progress.lagBytes === 0;
  };
  await until(isShipped, 'the end of the lag');
  site.runs.stop(id);
  await until(() => row.end, 'the end of the run');
  expect(row.end).toEqual({ outcome: 'stopped', failure: null, confirmed: true });
  expect(row.events.map(({ seq }) => seq)).toEqual(row.events.map((_, index) => index + 1));
  expect(row).toMatchObject({ deaths: 2, run: { launches: 3 } });

  const { keysA, differences } = await compareServers(openClient(source.url), openClient(target.url), {
    ignore: (key) => key.startsWith('0 cf:'),
  });
  expect(keysA).toBeGreaterThan(2_000);
  expect(differences).toEqual([]);
  expect(processesOf(work)).toEqual([]);
  expect([await connectionsOf(source), await connectionsOf(target)]).toEqual([0, 0]);
});
