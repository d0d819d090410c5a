import fs from 'node:fs';
import path from 'node:path';
import { createEndpoint, listEventsAfter, listMigrations, type Signal } from '@cacheferry/domain';
import { removeDir, tempDir, waitFor } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  applyMigrations,
  createSealer,
  type Database,
  type OpenStore,
  openSignals,
  openStore,
  startEmbedded,
} from '../src/index.ts';
import { launched, logEvent, openWorld, progressEvent, viewer, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const page = { limit: 50 } as const;

describe('signals', () => {
  test('come after the commit, from every process, with the last number that can be read', async () => {
    const here = openSignals({ url: world.url });
    const there = openSignals({ url: world.url });
    const heard: [Signal | null, number][] = [];
    const reads: Promise<void>[] = [];
    const listen = (signal: Signal | null) => {
      if (signal?.kind !== 'migration') return;
      const read = async () => {
        const events = await listEventsAfter(world.ctx(viewer), signal.id, { after: 0 });
        heard.push([signal, events.at(-1)?.id ?? 0]);
      };
      reads.push(read());
    };
    await listening(2);
    here.subscribe(listen);
    const leave = there.subscribe(listen);
    const { id, lease } = await launched(world);
    await world.runs.recordEvents(lease, [logEvent(1), progressEvent(2)]);
    await waitFor(() => heard.filter(([signal]) => signal?.kind === 'migration' && signal.lastId === 4).length === 2);
    await Promise.all(reads);
    for (const [signal, last] of heard)
      expect(signal?.kind === 'migration' && signal.id === id ? last : Infinity).toBeGreaterThanOrEqual(
        signal?.kind === 'migration' ? signal.lastId : 0,
      );
    leave();
    await here.close();
    await there.close();
  });

  test('are not sent for what was rolled back', async () => {
    const signals = openSignals({ url: world.url });
    const heard: (Signal | null)[] = [];
    await listening(1);
    signals.subscribe((signal) => heard.push(signal));
    const broken = world.store.transaction(async (tx) => {
      await tx.notify({ kind: 'machine', id: 'never' });
      throw new Error('rolled back');
    });
    await expect(broken).rejects.toThrow('rolled back');
    await world.store.transaction((tx) => tx.notify({ kind: 'machine', id: 'last' }));
    await waitFor(() => heard.length > 0);
    expect(heard).toEqual([{ kind: 'machine', id: 'last' }]);
    await signals.close();
  });

  test('go on after their connection was cut, and say that some may have been missed', async () => {
    const signals = openSignals({ url: world.url });
    const heard: (Signal | null)[] = [];
    await listening(1);
    signals.subscribe((signal) => heard.push(signal));
    await world.sql(`select pg_terminate_backend(pid) from pg_stat_activity where query = 'listen ferry_signals'`);
    await waitFor(() => heard.includes(null));
    await world.store.transaction((tx) => tx.notify({ kind: 'preflight', id: 'x' }));
    await waitFor(() => heard.length > 1);
    expect(heard).toEqual([null, { kind: 'preflight', id: 'x' }]);
    await signals.close();
  });

  test('do not let one listener that fails silence the others', async () => {
    const signals = openSignals({ url: world.url });
    const heard: (Signal | null)[] = [];
    await listening(1);
    signals.subscribe(() => {
      throw new Error('a listener failed');
    });
    signals.subscribe((signal) => heard.push(signal));
    await world.store.transaction((tx) => tx.notify({ kind: 'preflight', id: 'y' }));
    await waitFor(() => heard.length === 1);
    await signals.close();
  });
});

test('a cut of all connections is survived: what was answered is there, what was cut is done whole or not at all', async () => {
  const answered: string[] = [];
  const failed = new Set<string>();
  let isOver = false;
  const writing = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; !isOver && n < 500; n++) {
      const name = `kept ${writer}.${n}`;
      await createEndpoint(world.ctx(), { name, url: 'redis://h:1' }).then(
        () => answered.push(name),
        (error: { code?: string }) => failed.add(error.code ?? String(error)),
      );
    }
  });
  for (let round = 0; round < 20; round++) {
    const seen = answered.length;
    await waitFor(() => answered.length > seen + 4);
    await world.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend' and datname = current_database() and query not like 'listen%'`,
    );
  }
  isOver = true;
  await Promise.all(writing);
  expect([...failed]).toEqual(failed.size > 0 ? ['control.db_unavailable'] : []);
  const rows = await world.sql<{ name: string; audits: number }>(
    `select e.name, (select count(*)::int from audit a where a.object_name = e.name and a.result = 'ok') as audits
     from endpoints e where e.name like 'kept%'`,
  );
  expect(rows.filter(({ audits }) => audits !== 1)).toEqual([]);
  const stored = new Set(rows.map(({ name }) => name));
  expect(answered.filter((name) => !stored.has(name))).toEqual([]);
});

describe('a database that is gone', () => {
  const home = tempDir('outage');
  let db: Database;
  let own: OpenStore;
  beforeAll(async () => {
    fs.chmodSync(home, 0o755);
    db = await startEmbedded({ dir: path.join(home, 'db') });
    await applyMigrations(db.url);
    own = openStore({ url: db.url, sealer: createSealer(Buffer.alloc(32, 1)) });
  });
  afterAll(async () => {
    await own.close();
    removeDir(home);
  });
  const gone = { code: 'control.db_unavailable' };

  test('is found again by itself after a crash, with all that was answered', async () => {
    const ctx = { ...world.ctx(), store: own.store };
    const { id } = await createEndpoint(ctx, { name: 'before', url: 'redis://h:1' });
    const pid = db.embedded?.server.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await waitFor(() => db.embedded?.server.pid !== pid);
    await waitFor(() => own.store.ping().then(() => true));
    expect(await own.store.endpoints.find(id)).toMatchObject({ name: 'before' });
  });

  test('is told by its code, for reads and for writes', async () => {
    await db.stop();
    await expect(own.store.ping()).rejects.toMatchObject(gone);
    const ctx = { ...world.ctx(), store: own.store };
    await expect(listMigrations(ctx, page)).rejects.toMatchObject(gone);
    await expect(createEndpoint(ctx, { name: 'n', url: 'redis://h:1' })).rejects.toMatchObject(gone);
  });
});

/** Waits until so many connections listen. */
async function listening(count: number): Promise<void> {
  await waitFor(async () => {
    const rows = await world.sql(`select 1 from pg_stat_activity where query = 'listen ferry_signals'`);
    return rows.length === count;
  });
}
