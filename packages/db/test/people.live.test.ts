import type { Clock } from '@cacheferry/kernel';
import {
  actorOfToken,
  changePassword,
  createEndpoint,
  createMigration,
  createToken,
  createUser,
  deleteUser,
  ensureFirstAdmin,
  getSession,
  getSettings,
  listAudit,
  listMigrations,
  listUsers,
  revokeToken,
  signIn,
  signOut,
  updateSettings,
  updateUser,
} from '@cacheferry/domain';
import { weakHasher } from '@cacheferry/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newMigration, openWorld, operator, type World } from './world.ts';

let now = Date.parse('2026-01-31T12:00:00.000Z');
const clock: Clock = { now: () => now, monotonic: () => now, sleep: async () => {} };
const minute = 60_000;

let world: World;
let first = '';
beforeAll(async () => {
  world = await openWorld(clock);
  const made = await Promise.all(
    [1, 2, 3].map(() => ensureFirstAdmin(world.system, { hasher: weakHasher, password: null })),
  );
  const [one, ...others] = made.filter((answer) => answer !== null);
  expect(others).toEqual([]);
  first = one?.password ?? '';
});
afterAll(() => world.close());

const nobody = (address = '10.1.1.1') => world.ctx({ kind: 'anonymous' }, { address });
const password = 'a long enough pass phrase';

async function adminContext() {
  const signedIn = await signIn(nobody(), { username: 'admin', password: first }, { hasher: weakHasher });
  const session = await getSession(nobody(), signedIn.token);
  if (!session) throw new Error('no session');
  return { ctx: world.ctx({ ...session.actor, mustChangePassword: false }), token: signedIn.token, session };
}

describe('signing in', () => {
  test('with the first password asks for a change before anything else', async () => {
    const { session, token } = await adminContext();
    expect(session.user).toMatchObject({ username: 'admin', role: 'admin', mustChangePassword: true });
    await expect(listUsers(world.ctx(session.actor), { limit: 10 })).rejects.toMatchObject({
      code: 'auth.password_change_needed',
    });
    const other = await signIn(nobody(), { username: 'ADMIN', password: first }, { hasher: weakHasher });
    const weak = { current: first, next: 'password1234' };
    const change = (input: { current: string; next: string }) =>
      changePassword(world.ctx(session.actor), input, { hasher: weakHasher, token });
    await expect(change({ current: 'x', next: password })).rejects.toMatchObject({ code: 'auth.wrong_password' });
    await expect(change(weak)).rejects.toMatchObject({ code: 'auth.weak_password' });
    await change({ current: first, next: password });
    first = password;
    expect(await getSession(nobody(), other.token)).toBeNull();
    expect(await getSession(nobody(), token)).toMatchObject({ user: { mustChangePassword: false } });
    await signOut(nobody(), token);
    expect(await getSession(nobody(), token)).toBeNull();
  });

  test('fails the same for a wrong password, an unknown and a disabled user', async () => {
    const { ctx } = await adminContext();
    const input = { username: 'off', password, role: 'viewer' } as const;
    const { id } = await createUser(ctx, input, { hasher: weakHasher });
    await updateUser(ctx, id, { isDisabled: true }, { hasher: weakHasher });
    for (const [index, username] of ['admin', 'nobody-at-all', 'off'].entries()) {
      const tried = signIn(nobody(`10.2.0.${index}`), { username, password: `${password}!` }, { hasher: weakHasher });
      await expect(tried).rejects.toMatchObject({ code: 'auth.failed', facts: {} });
    }
    await expect(signIn(nobody(), { username: 'off', password }, { hasher: weakHasher })).rejects.toMatchObject({
      code: 'auth.failed',
    });
  });

  test.each(['admin', 'unknown-user'])(
    'as %s is locked after 5 wrong passwords, however many come at once',
    async (username) => {
      now += 16 * minute;
      const wrong = { username, password: 'wrong password' };
      const tries = Array.from({ length: 15 }, (_, n) =>
        signIn(nobody(`10.3.0.${n}`), wrong, { hasher: weakHasher }).catch(codeOf),
      );
      const codes = await Promise.all(tries);
      expect(codes.filter((code) => code === 'auth.failed')).toHaveLength(5);
      expect(codes.filter((code) => code === 'auth.too_many_tries')).toHaveLength(10);
      const right = signIn(nobody('10.3.1.1'), { username, password: first }, { hasher: weakHasher });
      await expect(right).rejects.toMatchObject({ code: 'auth.too_many_tries', facts: { minutes: 15 } });
      now += 15 * minute + 1000;
      if (username === 'admin')
        expect(await signIn(nobody(), { username, password: first }, { hasher: weakHasher })).toMatchObject({
          user: { username },
        });
    },
  );

  test('is locked for an address after 20 tries, whoever is tried', async () => {
    now += 16 * minute;
    const codes: unknown[] = [];
    for (let n = 0; n < 22; n++)
      codes.push(
        await signIn(nobody('10.4.0.1'), { username: `user-${n}`, password: 'x' }, { hasher: weakHasher }).catch(
          codeOf,
        ),
      );
    expect(codes.filter((code) => code === 'auth.failed')).toHaveLength(20);
    expect(codes.slice(20)).toEqual(['auth.too_many_tries', 'auth.too_many_tries']);
    expect(
      await signIn(nobody('10.4.0.2'), { username: 'admin', password: first }, { hasher: weakHasher }),
    ).toBeTruthy();
  });

  test('leaves a name in the audit only where it is a user’s', async () => {
    const { ctx } = await adminContext();
    const wrong = { username: 'my secret password', password: 'x' };
    await expect(signIn(nobody('10.5.0.1'), wrong, { hasher: weakHasher })).rejects.toMatchObject({
      code: 'auth.failed',
    });
    const { items } = await listAudit(ctx, { limit: 200 });
    expect(JSON.stringify(items)).not.toContain('my secret password');
    expect(items.find(({ result }) => result === 'auth.failed')).toMatchObject({ action: 'session.open' });
  });

  test('ends by itself when idle, and after 7 days in any case', async () => {
    const idle = await adminContext();
    now += 12 * 60 * minute;
    expect(await getSession(nobody(), idle.token)).toBeNull();
    const busy = await adminContext();
    let lasted = 0;
    while (await getSession(nobody(), busy.token)) {
      now += 6 * 60 * minute;
      lasted += 6;
    }
    expect(lasted).toBe(7 * 24);
  });
});

describe('users', () => {
  test('always leave an administrator, also when two demote each other at once', async () => {
    const { ctx } = await adminContext();
    const mate = await createUser(ctx, { username: 'mate', password, role: 'admin' }, { hasher: weakHasher });
    const own = ctx.actor.kind === 'user' ? ctx.actor.id : '';
    const demote = (id: string) =>
      updateUser(ctx, id, { role: 'viewer' }, { hasher: weakHasher }).then(() => 'ok', codeOf);
    const results = await Promise.all([demote(mate.id), demote(own)]);
    expect([...results].sort()).toEqual(['auth.last_admin', 'ok']);
    await world.sql(`update users set role = 'admin' where username = 'admin'`);
    await deleteUser(ctx, mate.id);
    await expect(deleteUser(ctx, own)).rejects.toMatchObject({ code: 'auth.last_admin' });
  });

  test('have names that differ in more than their case', async () => {
    const { ctx } = await adminContext();
    await createUser(ctx, { username: 'Twin', password, role: 'viewer' }, { hasher: weakHasher });
    await expect(
      createUser(ctx, { username: 'twin', password, role: 'viewer' }, { hasher: weakHasher }),
    ).rejects.toMatchObject({
      code: 'request.duplicate_name',
      facts: { name: 'twin' },
    });
  });

  test('lose their sessions with their role', async () => {
    const { ctx } = await adminContext();
    const { id } = await createUser(ctx, { username: 'falls', password, role: 'operator' }, { hasher: weakHasher });
    const { token } = await signIn(nobody(), { username: 'falls', password }, { hasher: weakHasher });
    await updateUser(ctx, id, { role: 'viewer' }, { hasher: weakHasher });
    expect(await getSession(nobody(), token)).toBeNull();
  });
});

describe('tokens', () => {
  test('act with the lower of their own role and their owner’s, until revoked or over', async () => {
    const { ctx } = await adminContext();
    const short = await createToken(ctx, { name: 's', role: 'admin', expiresAt: new Date(now + minute).toISOString() });
    expect(await actorOfToken(nobody(), short.token)).toMatchObject({ role: 'admin', tokenId: short.id });
    now += minute;
    expect(await actorOfToken(nobody(), short.token)).toBeNull();
    const long = await createToken(ctx, { name: 'l', role: 'admin' });
    await world.sql(`update users set role = 'viewer' where username = 'admin'`);
    expect(await actorOfToken(nobody(), long.token)).toMatchObject({ role: 'viewer' });
    await world.sql(`update users set role = 'admin' where username = 'admin'`);
    await revokeToken(ctx, long.id);
    expect(await actorOfToken(nobody(), long.token)).toBeNull();
    expect(await actorOfToken(nobody(), 'cft_nonsense')).toBeNull();
  });
});

test('settings have defaults, keep what is set and forgive what no longer fits', async () => {
  const { ctx } = await adminContext();
  expect(await getSettings(ctx)).toMatchObject({ sessionIdleMinutes: 720, viewersSeeKeys: true });
  await updateSettings(ctx, { viewersSeeKeys: false });
  await world.sql(`insert into settings values ('eventRetentionDays', '"many"', now())`);
  const expected = { sessionIdleMinutes: 720, eventRetentionDays: 90, viewersSeeKeys: false };
  const limits = { uploadMaxBytes: 64 * 1024 ** 3, uploadQuotaBytes: 256 * 1024 ** 3 };
  expect(await getSettings(ctx)).toEqual({ ...expected, ...limits });
  await expect(getSettings(world.ctx(operator))).rejects.toMatchObject({ code: 'auth.forbidden' });
});

describe('an idempotency key', () => {
  const input = { url: 'redis://h:1' };

  test('gives the same answer for the same request, which is done once, however many come at once', async () => {
    const ctx = world.ctx(operator, { idempotency: { key: 'once', requestHash: 'a' } });
    const asked = Array.from({ length: 10 }, () => createEndpoint(ctx, { name: 'once', ...input }));
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await world.sql(`select 1 from audit where object_name = 'once'`)).toHaveLength(1);
  });

  test('refuses another request, keeps no refusal, and is forgotten after a day', async () => {
    const ctx = (requestHash: string) => world.ctx(operator, { idempotency: { key: 'k', requestHash } });
    await expect(createEndpoint(ctx('a'), { name: 'once', ...input })).rejects.toMatchObject({
      code: 'request.duplicate_name',
    });
    const made = await createEndpoint(ctx('a'), { name: 'other', ...input });
    await expect(createEndpoint(ctx('b'), { name: 'third', ...input })).rejects.toMatchObject({
      code: 'request.idempotency_conflict',
    });
    now += 24 * 60 * minute + 1;
    const later = await createEndpoint(ctx('b'), { name: 'third', ...input });
    expect(later.id).not.toBe(made.id);
  });
});

describe('a list', () => {
  test.each(['-createdAt', 'name', 'startedAt', '-startedAt', '-updatedAt', 'state'])(
    'by %s is paged without one twice or left out while others are added',
    async (sort) => {
      for (let n = 0; n < 7; n++) {
        now += n % 3;
        const { id } = await newMigration(world, { name: `Ärger ${n % 4}` });
        if (n % 2) await world.sql(`update migrations set started_at = now() where id = $1`, [id]);
      }
      const before = await world.sql<{ id: string }>('select id from migrations');
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const query = cursor === undefined ? { limit: 3, sort } : { limit: 3, sort, cursor };
        const page = await listMigrations(world.ctx(operator), query);
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
        await createMigration(world.ctx(operator), {
          name: '000 in between',
          source: { url: 'redis://h:1' },
          target: { url: 'redis://h:2' },
          mode: 'full',
        });
        if (seen.length > 500) throw new Error('the list does not end');
      } while (cursor && seen.length < 400);
      expect(new Set(seen).size).toBe(seen.length);
      if (!['-createdAt', '-updatedAt'].includes(sort)) return;
      expect(before.every(({ id }) => seen.includes(id))).toBe(true);
    },
  );

  test('finds parts of names and addresses, and refuses a foreign cursor', async () => {
    await newMigration(world, { name: '100% sure', source: { url: 'redis://special.example:6379' } });
    const find = async (query: object) => (await listMigrations(world.ctx(), { limit: 200, ...query })).total;
    expect(await find({ q: '100%' })).toBe(1);
    expect(await find({ q: 'SPECIAL.example' })).toBe(1);
    expect(await find({ q: 'nowhere' })).toBe(0);
    expect(await find({ view: 'ended' })).toBe(0);
    expect(await find({ state: 'draft', view: 'active' })).toBeGreaterThan(1);
    for (const query of [{ cursor: 'bm9uc2Vuc2U' }, { sort: 'secrets' }, { state: 'broken' }])
      await expect(find(query)).rejects.toMatchObject({ code: 'request.invalid' });
  });
});

const codeOf = (error: { code?: string }) => error.code;
