import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiWorld, openApiWorld, passwordOf, root } from './api-world.ts';

let world: ApiWorld;
beforeAll(async () => {
  world = await openApiWorld();
});
afterAll(() => world.close());

const signIn = (username: string, password: string, headers: Record<string, string> = {}) =>
  world.inject({ method: 'POST', url: `${root}/session`, payload: { username, password }, headers });

describe('signing in', () => {
  test('sets a cookie that scripts cannot read and other sites’ writes do not carry', async () => {
    const answer = await signIn('viewer', passwordOf('viewer'));
    expect(answer.headers['set-cookie']).toMatch(
      /^ferry_session=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax$/,
    );
    expect(answer.json()).toMatchObject({ user: { username: 'viewer', role: 'viewer' }, version: '9.9.9' });
    expect(answer.body).not.toContain(String(answer.headers['set-cookie']).slice(14, 57));
  });

  test('over HTTPS binds the cookie to this host', async () => {
    const secure = { 'x-forwarded-proto': 'https' };
    const answer = await signIn('viewer', passwordOf('viewer'), secure);
    expect(answer.headers['set-cookie']).toMatch(
      /^__Host-ferry_session=.*; Path=\/; .*; HttpOnly; SameSite=Lax; Secure$/,
    );
    expect(answer.headers['strict-transport-security']).toBe('max-age=31536000');
    const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
    const read = (headers: Record<string, string>) => world.inject({ url: `${root}/session`, headers });
    expect((await read({ cookie, ...secure })).statusCode).toBe(200);
    expect((await read({ cookie })).statusCode).toBe(401);
  });

  test.each(['viewer', 'operator', 'admin'] as const)('tells a %s its role', async (role) => {
    const answer = await signIn(role, passwordOf(role), {});
    expect(answer.json()).toMatchObject({ role, user: { role } });
    expect((await (await world.signIn(role)).get('/session')).json()).toMatchObject({ role, user: { role } });
  });

  test('makes another session each time', async () => {
    const [one, other] = [await world.signIn('viewer'), await world.signIn('viewer')];
    expect(one.cookie).not.toBe(other.cookie);
    expect(one.csrfToken).not.toBe(other.csrfToken);
  });

  test('with a wrong password and as an unknown user gives the same answer', async () => {
    const answers = [await signIn('viewer', 'wrong'), await signIn('nobody at all', 'wrong')];
    const bare = answers.map((answer) => ({ ...answer.json(), requestId: '' }));
    expect(bare[0]).toMatchObject({ status: 401, code: 'auth.failed' });
    expect(bare[1]).toEqual(bare[0]);
  });

  test('too often is refused for some minutes, even with the right password', async () => {
    for (let i = 0; i < 5; i++) expect((await signIn('operator', `guess ${i}`)).json().code).toBe('auth.failed');
    const answer = await signIn('operator', passwordOf('operator'));
    expect([answer.statusCode, answer.json().code]).toEqual([429, 'auth.too_many_tries']);
    const seconds = Number(answer.headers['retry-after']);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(900);
    expect(answer.json().fix).toContain(`${seconds / 60} min`);
  });
});

describe('a session', () => {
  test('ends by signing out', async () => {
    const browser = await world.signIn('viewer');
    expect((await browser.get('/session')).statusCode).toBe(200);
    const out = await browser.send('DELETE', '/session');
    expect([out.statusCode, out.body]).toEqual([204, '']);
    expect(out.headers['set-cookie']).toContain('Max-Age=0');
    expect((await browser.get('/session')).json().code).toBe('auth.required');
  });

  test('stays when the password is changed there, and every other one ends', async () => {
    const [one, other] = [await world.signIn('admin'), await world.signIn('admin')];
    const refused = await one.post('/session/password', { current: 'wrong', next: 'a better password than before' });
    expect(refused.json().code).toBe('auth.wrong_password');
    const body = { current: passwordOf('admin'), next: 'a better password than before' };
    expect((await one.post('/session/password', body)).statusCode).toBe(204);
    expect((await one.get('/session')).statusCode).toBe(200);
    expect((await other.get('/session')).statusCode).toBe(401);
    expect((await signIn('admin', passwordOf('admin'))).statusCode).toBe(401);
  });

  test('cannot be chosen beforehand', async () => {
    const chosen = 'A'.repeat(43);
    const headers = { cookie: `ferry_session=${chosen}` };
    const answer = await signIn('viewer', passwordOf('viewer'), headers);
    expect(answer.headers['set-cookie']).not.toContain(chosen);
    expect((await world.inject({ url: `${root}/session`, headers })).statusCode).toBe(401);
  });
});
