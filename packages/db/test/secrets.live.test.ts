import {
  actorOfToken,
  createEndpoint,
  createMachine,
  createMachineStore,
  createMigration,
  createPreflight,
  createPreflightStore,
  createToken,
  getMigrationConfig,
  getMigrationReport,
  listAudit,
  listEndpoints,
  revealEndpoint,
  startMigration,
  trustMachine,
  updateEndpoint,
  updateMachine,
  verifyAudit,
} from '@cacheferry/domain';
import { weakHasher } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSealer, openStore } from '../src/index.ts';
import { admin, openWorld, operator, viewer, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  for (const actor of [admin, operator, viewer]) {
    if (actor.kind !== 'user') continue;
    await world.store.users.insert({
      id: actor.id,
      username: actor.username,
      passwordHash: await weakHasher.hash('a long enough pass phrase'),
      role: actor.role,
      isDisabled: false,
      mustChangePassword: false,
      createdAt: new Date(),
      lastSignInAt: null,
    });
  }
});
afterAll(() => world.close());

const local = async () => (await world.store.machines.findLocal())?.id ?? '';
const canary = (name: string) => `canary-${name}-Xq7`;
const page = { limit: 50 } as const;

/** Every row of every table, as text. */
async function dump(): Promise<string> {
  const tables = await world.sql<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  const rows = await Promise.all(tables.map(({ name }) => world.sql(`select t::text as row from "${name}" t`)));
  return JSON.stringify(rows);
}

/** The ways a text may be written that someone looks for. */
const forms = (text: string) => [
  text,
  encodeURIComponent(text),
  Buffer.from(text).toString('base64').replace(/=+$/, ''),
  Buffer.from(text).toString('hex'),
];

test('no table, answer, configuration or report holds a secret, in whatever form', async () => {
  const answers: unknown[] = [];
  const withSecret = { url: `redis://app:${canary('url')}@10.0.0.1:6379` };
  const beside = {
    url: 'redis+sentinel://10.0.0.2:26379/m',
    password: canary('beside'),
    sentinelPassword: canary('s'),
  };
  const saved = await createEndpoint(world.ctx(), { name: 'orders', ...withSecret });
  const cloud = { url: 'cachecloud+http://c:8080?app=7', token: canary('token') };
  answers.push(saved, await createEndpoint(world.ctx(), { name: 'cloud', ...cloud }));
  answers.push(await updateEndpoint(world.ctx(), saved.id, { password: canary('new') }));
  const machine = await createMachine(world.ctx(admin), {
    kind: 'ssh',
    name: 'm1',
    host: '10.0.0.9',
    port: 22,
    username: 'ferry',
    auth: { kind: 'key', privateKey: canary('private'), passphrase: canary('phrase') },
  });
  answers.push(machine);
  answers.push(
    await updateMachine(world.ctx(admin), machine.id, { auth: { kind: 'password', password: canary('ssh') } }),
  );
  const ends = { source: { endpointId: saved.id }, target: beside, mode: 'sync' } as const;
  answers.push(await createPreflight(world.ctx(), { ...ends, machineId: await local() }));
  const idempotency = { key: 'k1', requestHash: 'h' };
  const migration = await createMigration(world.ctx(operator, { idempotency }), { name: 'moved', ...ends });
  answers.push(migration, await startMigration(world.ctx(), migration.id, {}));
  answers.push(
    await getMigrationConfig(world.ctx(), migration.id),
    await getMigrationReport(world.ctx(), migration.id),
  );
  const token = await createToken(world.ctx(admin, { idempotency }), { name: 't', role: 'viewer' });
  const told = JSON.stringify(answers);
  const stored = await dump();
  const secrets = ['url', 'beside', 's', 'token', 'new', 'private', 'phrase', 'ssh'].map(canary);
  for (const secret of secrets)
    for (const form of forms(secret))
      expect([told.includes(form), stored.includes(form)], form).toEqual([false, false]);
  for (const form of forms(token.token)) expect(stored).not.toContain(form);
  expect(await actorOfToken(world.ctx(), token.token)).toMatchObject({ username: 'admin', role: 'viewer' });

  await world.sql('update machines set slots = 1000');
  const lease = await world.runs.claim((await world.store.runs.liveOf(migration.id))?.id ?? '', 'w', 60_000);
  const job = lease && (await world.runs.beginLaunch(lease.lease, { stateDir: '/s', engineSha256: 'a' }));
  expect(job?.source).toEqual({ url: 'redis://app@10.0.0.1:6379', password: canary('new') });
  expect(job?.target).toEqual({
    url: 'redis+sentinel://10.0.0.2:26379/m',
    password: canary('beside'),
    sentinelPassword: canary('s'),
  });
});

test('a machine gives its login only once its host key was confirmed', async () => {
  const { id } = await createMachine(world.ctx(admin), {
    kind: 'ssh',
    name: 'm2',
    host: '10.0.0.10',
    port: 22,
    username: 'ferry',
    auth: { kind: 'password', password: canary('login') },
  });
  const machines = createMachineStore(world.system, { localWorkDir: '/work' });
  expect(await machines.contact(id)).toMatchObject({ kind: 'ssh', trusted: null, login: null });
  const seenHostKey = { type: 'ssh-ed25519', fingerprint: `SHA256:${'a'.repeat(43)}` };
  const lease = await machines.claim({ machineId: id, task: 'probe' }, 'w', 60_000);
  if (!lease) throw new Error('the probe could not be claimed');
  expect(await machines.claim({ machineId: id, task: 'probe' }, 'x', 60_000)).toBeNull();
  await machines.recordProbe(lease, { state: 'untrusted', facts: null, seenHostKey, problem: null });
  const wrong = { fingerprint: `SHA256:${'b'.repeat(43)}` };
  await expect(trustMachine(world.ctx(admin), id, wrong)).rejects.toMatchObject({ code: 'machine.key_not_seen' });
  await trustMachine(world.ctx(admin), id, { fingerprint: seenHostKey.fingerprint });
  const contact = await machines.contact(id);
  const auth = contact.kind === 'ssh' && contact.login?.kind === 'ssh' ? contact.login.auth : null;
  expect(auth?.kind === 'password' ? auth.password.reveal() : null).toBe(canary('login'));
  expect(JSON.stringify(contact)).not.toContain(canary('login'));
  const moved = await updateMachine(world.ctx(admin), id, { host: '10.0.0.11' });
  expect(moved).toMatchObject({ state: 'untrusted', trustedHostKey: null });
  expect(await machines.contact(id)).toMatchObject({ login: null });
});

describe('what is sealed', () => {
  test('opens in its own row only', async () => {
    const one = await createEndpoint(world.ctx(), { name: 'one', url: `redis://:${canary('one')}@h:1` });
    const two = await createEndpoint(world.ctx(), { name: 'two', url: `redis://:${canary('two')}@h:2` });
    expect(await revealEndpoint(world.system, one.id)).toEqual({ url: 'redis://h:1', password: canary('one') });
    await world.sql(
      `update endpoints a set sealed_secrets = b.sealed_secrets from endpoints b
       where a.id = any($1) and b.id = any($1) and a.id <> b.id`,
      [[one.id, two.id]],
    );
    for (const { id } of [one, two])
      await expect(revealEndpoint(world.system, id)).rejects.toMatchObject({ code: 'control.secret_unreadable' });
  });

  test('does not open with another key, which is noticed and overwrites nothing', async () => {
    await world.store.ping();
    const other = openStore({ url: world.url, sealer: createSealer(Buffer.alloc(32, 7)) });
    await expect(other.store.ping()).rejects.toMatchObject({ code: 'control.secret_unreadable' });
    const rotated = openStore({ url: world.url, sealer: createSealer(Buffer.alloc(32, 7), [world.key]) });
    await rotated.store.ping();
    await world.store.ping();
    await other.close();
    await rotated.close();
  });

  test('is sealed anew with a newer key, after which the older one is needed no more', async () => {
    const { id } = await createEndpoint(world.ctx(), { name: 'aged', url: `redis://:${canary('aged')}@h:1` });
    await world.sql('delete from endpoints where name = any($1)', [['one', 'two']]);
    const newer = Buffer.alloc(32, 9);
    const both = openStore({ url: world.url, sealer: createSealer(newer, [world.key]) });
    expect(await both.reseal()).toBeGreaterThan(3);
    expect(await both.reseal()).toBe(0);
    const alone = openStore({ url: world.url, sealer: createSealer(newer) });
    await alone.store.ping();
    expect(await alone.store.endpoints.secrets(id)).toEqual({ password: canary('aged') });
    const back = openStore({ url: world.url, sealer: createSealer(world.key, [newer]) });
    await back.reseal();
    await Promise.all([both, alone, back].map(({ close }) => close()));
  });

  test('is dropped when an endpoint is pointed at another server', async () => {
    const { id } = await createEndpoint(world.ctx(), { name: 'moving', url: `redis://:${canary('m')}@h:1/0` });
    expect(await updateEndpoint(world.ctx(), id, { url: 'redis://h:1/5' })).toMatchObject({ hasPassword: true });
    expect(await updateEndpoint(world.ctx(), id, { url: 'redis://elsewhere:1' })).toMatchObject({ hasPassword: false });
    expect(await revealEndpoint(world.system, id)).toEqual({ url: 'redis://elsewhere:1' });
  });

  test('cannot be asked for by a user', async () => {
    const { items } = await listEndpoints(world.ctx(viewer), page);
    const id = items[0]?.id ?? '';
    await expect(revealEndpoint(world.ctx(admin), id)).rejects.toMatchObject({ code: 'auth.forbidden' });
  });
});

test('a preflight job is given to one worker with its secrets opened', async () => {
  const source = { url: 'redis://h:1', password: canary('pre') };
  const input = { source, target: { url: 'redis://h:2' }, machineId: await local(), mode: 'full' } as const;
  const { id } = await createPreflight(world.ctx(), input);
  const store = createPreflightStore(world.system);
  expect(await store.findUnattended(100)).toContain(id);
  const claims = await Promise.all(['a', 'b', 'c'].map((owner) => store.claim(id, owner, 60_000)));
  const won = claims.filter((claim) => claim !== null);
  expect(won).toHaveLength(1);
  expect(won[0]?.job.source).toEqual(source);
  expect(await store.findUnattended(100)).not.toContain(id);
});

describe('the audit', () => {
  test('has an entry for every write, and for every refusal', async () => {
    const refused = createMachine(world.ctx(viewer), { kind: 'local', name: 'x' });
    await expect(refused).rejects.toMatchObject({ code: 'auth.forbidden' });
    const { items } = await listAudit(world.ctx(viewer), page);
    expect(items[0]).toMatchObject({ actor: 'viewer', action: 'machine.create', result: 'auth.forbidden' });
    const { items: starts } = await listAudit(world.ctx(viewer), { ...page, action: 'migration.start' });
    expect(starts[0]).toMatchObject({ actor: 'operator', objectName: 'moved', result: 'ok', address: '127.0.0.1' });
  });

  test('cannot be changed, and a change by other means is found', async () => {
    expect(await verifyAudit(world.ctx(admin))).toMatchObject({ ok: true, brokenAt: null });
    for (const sql of ['delete from audit', `update audit set actor = 'x'`, 'truncate audit'])
      await expect(world.sql(sql)).rejects.toThrow('the audit cannot be changed');
    const [row] = await world.sql<{ id: string }>('select id from audit order by position offset 3 limit 1');
    await world.sql('alter table audit disable trigger all');
    await world.sql(`update audit set actor = 'x' where id = $1`, [row?.id]);
    expect(await verifyAudit(world.ctx(admin))).toMatchObject({ ok: false, brokenAt: row?.id });
  });
});
