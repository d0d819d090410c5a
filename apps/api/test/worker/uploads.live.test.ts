import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { createIds, systemClock } from '@cacheferry/kernel';
import {
  compareServers,
  type RedisServer,
  removeDir,
  seedMixed,
  startRedis,
  startSshd,
  stopEverything,
  tempDir,
  waitFor,
} from '@cacheferry/testkit';
import { afterEach, expect, test } from 'vitest';
import { contactOf, Installation } from './worker.ts';

let work = '';
let site: Installation | undefined;
afterEach(async () => {
  await site?.stopWorkers();
  await stopEverything();
  removeDir(work);
});

/** A migration from an upload, on a machine behind SSH. */
async function prepare(): Promise<{ site: Installation; run: string; source: RedisServer; target: RedisServer }> {
  const [source, target, server] = await Promise.all([startRedis(), startRedis(), startSshd()]);
  await seedMixed(source.client, { keys: 500, seed: 3 });
  await source.client.call('SAVE');
  const file = path.join(source.dir, 'dump.rdb');
  const id = createIds(systemClock)();
  const sha256 = createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  work = tempDir('work');
  site = new Installation(contactOf(server, { workDir: work }));
  site.uploads.needed = [{ id, name: 'orders.rdb', path: file, sha256 }];
  const run = site.addRun({
    version: 1,
    kind: 'migrate',
    mode: 'full',
    source: { url: `rdb:upload:${id}/dump.rdb` },
    target: { url: target.url },
  });
  return { site, run, source, target };
}

const filesOnMachine = (): string[] => fs.readdirSync(path.join(work, 'uploads'));

test('an upload is brought to the machine before the engine starts, and removed once the run is over', async () => {
  const { site, run, source, target } = await prepare();
  const { supervisor } = await site.worker();
  supervisor.attend({ kind: 'run', id: run });
  const row = site.runs.row(run);
  await waitFor(() => row.end, { what: 'the end of the run', deadlineMs: 40_000 });
  expect(row.end).toEqual({ outcome: 'completed', failure: null, confirmed: true });
  const said = JSON.stringify(row.events);
  expect(said).toContain('orders.rdb');
  expect(said).not.toContain('/uploads/');
  const { keysA, differences } = await compareServers(source.client, target.client, {
    ignore: (key) => key.startsWith('0 cf:'),
  });
  expect(keysA).toBeGreaterThanOrEqual(500);
  expect(differences).toEqual([]);
  await waitFor(() => filesOnMachine().length === 0, { what: 'the removal of the upload' });
});

test('an upload that another run needs stays on the machine', async () => {
  const { site, run } = await prepare();
  site.uploads.running = site.uploads.needed.map(({ id }) => id);
  const { supervisor } = await site.worker();
  supervisor.attend({ kind: 'run', id: run });
  await waitFor(() => site.runs.row(run).end, { what: 'the end of the run', deadlineMs: 40_000 });
  await site.stopWorkers();
  expect(filesOnMachine()).toEqual(site.uploads.needed.map(({ sha256 }) => sha256));
});

test('an upload that is damaged on its way is never started from', async () => {
  const { site, run } = await prepare();
  site.uploads.needed = site.uploads.needed.map((one) => ({ ...one, sha256: '0'.repeat(64) }));
  const { supervisor } = await site.worker();
  supervisor.attend({ kind: 'run', id: run });
  await waitFor(() => site.log.some((line) => line.includes('machine.upload_damaged')), { what: 'the refusal' });
  expect(site.runs.row(run).run.launches).toBe(0);
  expect(filesOnMachine()).toEqual([]);
});
