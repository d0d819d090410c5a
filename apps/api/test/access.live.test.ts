import { type Role, roleIncludes } from '@cacheferry/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Route } from '../src/http/route.ts';
import { routes } from '../src/routes/index.ts';
import { type ApiWorld, type Browser, nobody, openApiWorld, passwordOf, root } from './api-world.ts';

const roles = ['viewer', 'operator', 'admin'] as const;
let world: ApiWorld;
const browsers = {} as Record<Role, Browser>;

beforeAll(async () => {
  world = await openApiWorld();
  for (const role of roles) browsers[role] = await world.signIn(role);
});
afterAll(() => world.close());

const urlOf = ({ path }: Route): string => path.replace(':id', nobody);
const named = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const guarded = named.filter(([, { needs }]) => needs !== 'anyone');
const writes = guarded.filter(([, { method }]) => method !== 'GET');
// Signing out, or changing the password, would end the sessions that the other rows use; a stream never ends.
const lasting = guarded.filter(
  ([name]) => !['DELETE /session', 'POST /session/password', 'GET /events'].includes(name),
);

async function setFirstPassword(mustChangePassword: boolean): Promise<void> {
  const { users } = world.system.store;
  await users.update((await users.findByName('viewer'))?.id ?? '', { mustChangePassword });
}

describe('every route', () => {
  test('says who may call it, and what it is for', () => {
    expect(routes.length).toBeGreaterThan(50);
    for (const { needs, summary, tag } of routes) {
      expect(['anyone', ...roles]).toContain(needs);
      expect(summary).not.toBe('');
      expect(tag).not.toBe('');
    }
    expect(named.filter(([, { needs }]) => needs === 'anyone').map(([name]) => name)).toEqual(['POST /session']);
  });

  test.each(guarded)('%s is closed to strangers', async (_, route) => {
    const answer = await world.inject({ method: route.method, url: root + urlOf(route) });
    expect([answer.statusCode, answer.json().code]).toEqual([401, 'auth.required']);
  });

  test.each(lasting)('%s asks for its role and no more', async (_, route) => {
    for (const role of roles) {
      const body = route.method === 'GET' || route.method === 'DELETE' ? undefined : {};
      const answer = await browsers[role].send(route.method, urlOf(route), body);
      const isAllowed = roleIncludes(role, route.needs as Role);
      if (isAllowed) expect([401, 403], `${role}: ${answer.body}`).not.toContain(answer.statusCode);
      else expect([answer.statusCode, answer.json().code], role).toEqual([403, 'auth.forbidden']);
    }
  });

  test.each(guarded)('%s is closed to a user who has the first password still', async (name, route) => {
    await setFirstPassword(true);
    try {
      const isFirst = ['GET /session', 'DELETE /session', 'POST /session/password'].includes(name);
      if (isFirst) return expect(route.isFirst).toBe(true);
      if (route.needs !== 'viewer') return;
      const answer = await browsers.viewer.send(route.method, urlOf(route), route.method === 'GET' ? undefined : {});
      expect(answer.json().code).toBe('auth.password_change_needed');
    } finally {
      await setFirstPassword(false);
    }
  });
});

describe('a write by cookie', () => {
  const foreign: [string, Record<string, string>][] = [
    ['without the token of its page', { 'x-csrf-token': '' }],
    ['with another token', { 'x-csrf-token': 'A'.repeat(43) }],
    ['from the page of another site', { origin: 'https://evil.example' }],
    ['from a page without an origin', { origin: 'null' }],
    ['from another port of this machine', { origin: 'http://localhost:9999' }],
    ['that the browser calls foreign', { 'sec-fetch-site': 'cross-site' }],
  ];
  test.each(writes)('%s is refused when it is not from our own page', async (_, route) => {
    for (const [what, headers] of foreign) {
      const answer = await browsers.admin.send(route.method, urlOf(route), undefined, headers);
      expect([answer.statusCode, answer.json().code], what).toEqual([403, 'auth.csrf']);
    }
  });

  test('from our own page is taken', async () => {
    const headers = { origin: 'http://localhost', 'sec-fetch-site': 'same-origin' };
    const answer = await browsers.operator.post(`/migrations/${nobody}/pause`, {}, headers);
    expect(answer.statusCode).toBe(404);
  });

  test('that signs in from the page of another site is refused', async () => {
    const payload = { username: 'admin', password: passwordOf('admin') };
    const headers = { origin: 'https://evil.example' };
    const answer = await world.inject({ method: 'POST', url: `${root}/session`, payload, headers });
    expect(answer.json().code).toBe('auth.csrf');
    expect(answer.headers['set-cookie']).toBeUndefined();
  });

  test('never needs to be a form: only JSON is read', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await world.inject({ method: 'POST', url: `${root}/session`, payload: '{}', headers });
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'request.wrong_type']);
  });
});

describe('a name that is not this server’s', () => {
  test.each(['evil.example', 'localhost.evil.example:8460', '169.254.169.254'])(
    '(%s) is refused everywhere',
    async (host) => {
      for (const url of ['/', '/healthz', '/metrics', '/api/docs', `${root}/session`]) {
        const answer = await world.app.inject({ url, headers: { host } });
        expect([answer.statusCode, answer.json().code], url).toEqual([421, 'request.wrong_host']);
      }
    },
  );
});

describe('a token', () => {
  const make = async (role: Role): Promise<{ id: string; token: string }> =>
    (await browsers.admin.post('/tokens', { name: `for ${role}`, role })).json();

  test('stands for its role, needs no cookie and no page', async () => {
    const { token } = await make('operator');
    const headers = { authorization: `Bearer ${token}` };
    const read = await world.inject({ url: `${root}/migrations`, headers });
    const write = await world.inject({ method: 'POST', url: `${root}/migrations/${nobody}/pause`, headers });
    const office = await world.inject({ url: `${root}/users`, headers });
    expect([read.statusCode, write.statusCode, office.json().code]).toEqual([200, 404, 'auth.forbidden']);
  });

  test('that was revoked, or that nobody made, opens nothing', async () => {
    const { id, token } = await make('viewer');
    await browsers.admin.send('DELETE', `/tokens/${id}`);
    for (const one of [token, 'cft_guess', 'a b']) {
      const answer = await world.inject({ url: `${root}/migrations`, headers: { authorization: `Bearer ${one}` } });
      expect(answer.json().code).toBe('auth.required');
    }
  });

  test('does not change the password of its user', async () => {
    const { token } = await make('admin');
    const payload = { current: passwordOf('admin'), next: 'another password of mine' };
    const headers = { authorization: `Bearer ${token}` };
    const answer = await world.inject({ method: 'POST', url: `${root}/session/password`, payload, headers });
    expect(answer.statusCode).toBe(403);
  });
});
