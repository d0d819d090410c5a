import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { EngineEvent, Migration, Snapshot } from '@cacheferry/contract';
import {
  type Actor,
  type Context,
  createMigration,
  createRunStore,
  ensureLocalMachine,
  type Lease,
  type Ring,
  type RunStore,
  type Store,
  startMigration,
} from '@cacheferry/domain';
import { type Clock, createIds, silentLogger, systemClock } from '@cacheferry/kernel';
import { removeDir, tempDir } from '@cacheferry/testkit';
import pg from 'pg';
import { applyMigrations, createSealer, openStore, startEmbedded } from '../src/index.ts';

/** A control plane without its processes: a real database, the store on it, and actors to play with. */
export type World = {
  url: string;
  key: Buffer;
  store: Store;
  rings: Ring[];
  ctx(actor?: Actor, more?: Partial<Context>): Context;
  system: Context;
  runs: RunStore;
  sql<T extends object>(text: string, values?: unknown[]): Promise<T[]>;
  close(): Promise<void>;
};

export const admin: Actor = actor('admin', '00000000-0000-7000-8000-000000000001');
export const operator: Actor = actor('operator', '00000000-0000-7000-8000-000000000002');
export const viewer: Actor = actor('viewer', '00000000-0000-7000-8000-000000000003');

function actor(role: 'admin' | 'operator' | 'viewer', id: string): Actor {
  return { kind: 'user', id, username: role, role, tokenId: null };
}

export async function openWorld(clock: Clock = systemClock): Promise<World> {
  const home = tempDir('world');
  fs.chmodSync(home, 0o755);
  const db = await startEmbedded({ dir: path.join(home, 'db') });
  await applyMigrations(db.url);
  const key = randomBytes(32);
  const opened = openStore({ url: db.url, sealer: createSealer(key), connections: 12 });
  const pool = new pg.Pool({ connectionString: db.url, max: 4 });
  pool.on('error', () => {});
  const newId = createIds(clock);
  const rings: Ring[] = [];
  const doorbell = { ring: (more: readonly Ring[]) => void rings.push(...more) };
  const base = {
    address: '127.0.0.1',
    requestId: null,
    clock,
    newId,
    log: silentLogger,
    store: opened.store,
    doorbell,
  };
  const system: Context = { ...base, actor: { kind: 'system', name: 'supervisor' } };
  await ensureLocalMachine(system);
  return {
    url: db.url,
    key,
    store: opened.store,
    rings,
    ctx: (who = operator, more = {}) => ({ ...base, actor: who, ...more }),
    system,
    runs: createRunStore(system),
    sql: async (text, values = []) => (await pool.query(text, values)).rows,
    close: async () => {
      await opened.close();
      await pool.end();
      await db.stop();
      removeDir(home);
    },
  };
}

let count = 0;

export async function newMigration(world: World, more: object = {}): Promise<Migration> {
  return createMigration(world.ctx(), {
    name: `migration ${++count}`,
    source: { url: 'redis://10.0.0.1:6379' },
    target: { url: 'redis://10.0.0.2:6379' },
    mode: 'sync',
    ...more,
  });
}

/** A migration that a worker has launched. */
export async function launched(world: World, owner = 'worker-1'): Promise<{ id: string; lease: Lease }> {
  const { id } = await newMigration(world);
  await startMigration(world.ctx(), id, {});
  return { id, lease: await launch(world, id, owner) };
}

export async function launch(world: World, id: string, owner = 'worker-1'): Promise<Lease> {
  await world.sql('update machines set slots = 1000');
  const run = await world.store.runs.liveOf(id);
  const claimed = await world.runs.claim(run?.id ?? '', owner, 60_000);
  if (!claimed) throw new Error('the run could not be claimed');
  await world.runs.beginLaunch(claimed.lease, { stateDir: `/state/${id}`, engineSha256: 'a'.repeat(64) });
  await world.runs.markLaunched(claimed.lease, { pid: 4711, attached: false });
  return claimed.lease;
}

const at = '2026-01-31T12:00:00.000Z';

export const logEvent = (seq: number, msg = `line ${seq}`): EngineEvent => ({
  seq,
  at,
  type: 'log',
  level: 'info',
  msg,
});
export const phaseEvent = (seq: number, phase: string): EngineEvent => ({ seq, at, type: 'phase', phase });
export const doneEvent = (seq: number, outcome: (EngineEvent & { type: 'done' })['outcome']): EngineEvent => ({
  seq,
  at,
  type: 'done',
  outcome,
  totals: {},
});
export const progressEvent = (seq: number, snapshot: Partial<Snapshot> = {}, time = at): EngineEvent => ({
  ...snapshotOf(snapshot),
  seq,
  at: time,
  type: 'progress',
});

export function snapshotOf(more: Partial<Snapshot> = {}): Snapshot {
  return {
    state: 'full_sync',
    phase: 'full_sync',
    shards: [],
    keysDone: 1,
    keysTotal: 10,
    keysSkipped: 0,
    bytesIn: 1,
    bytesOut: 1,
    keysPerSecond: 1,
    bytesPerSecond: 1,
    etaSeconds: null,
    lagBytes: 0,
    lagMs: 0,
    errors: {},
    lost: {},
    spoolBytes: 0,
    rateKeys: 0,
    rateBytes: 0,
    rssBytes: 1,
    startedAt: at,
    updatedAt: at,
    ...more,
  };
}
