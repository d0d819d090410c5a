import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { aMigration, type ApiWorld, type Browser, nobody, openApiWorld, root } from './api-world.ts';

let world: ApiWorld;
let admin: Browser;
beforeAll(async () => {
  world = await openApiWorld();
  admin = await world.signIn('admin');
});
afterAll(() => world.close());

/** Sends bytes as they are. */
const sendRaw = (url: string, payload: string | Buffer, headers: Record<string, string> = {}) =>
  world.inject({
    method: 'POST',
    url: root + url,
    payload,
    headers: {
      cookie: admin.cookie,
      'x-csrf-token': admin.csrfToken,
      'content-type': 'application/json',
      ...headers,
    },
  });
const fieldsOf = (answer: { json: () => { fields?: { path: string }[] } }) =>
  answer.json().fields?.map(({ path }) => path);

describe('a body', () => {
  test.each([
    ['that is not JSON', '{name: 1}', ['']],
    ['that was cut', '{"name":', ['']],
    ['of bytes that are no text', Buffer.from([0x7b, 0xff, 0x7d]), ['']],
    ['with the prototype as a field', '{"__proto__":{"role":"admin"},"name":"x"}', ['__proto__']],
    ['with a NUL', '{"name":"a\\u0000b"}', ['name']],
    ['with half of a character', '{"name":"a\\ud83d"}', ['name']],
    ['that nests thirty deep', `{"name":${'['.repeat(30)}${']'.repeat(30)}}`, ['name.0.0']],
    ['that is a list', '[]', ['']],
    ['that is null', 'null', expect.anything()],
  ])('%s is refused with its field', async (_, payload, paths) => {
    const answer = await sendRaw('/migrations', payload);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'request.invalid']);
    expect(answer.headers['content-type']).toContain('application/problem+json');
    expect(fieldsOf(answer)).toEqual(paths);
  });

  test('of more than a mebibyte is refused', async () => {
    const answer = await sendRaw('/migrations', JSON.stringify({ name: 'x'.repeat(1024 * 1024) }));
    expect([answer.statusCode, answer.json().code]).toEqual([413, 'request.too_large']);
  });

  test('of another type than JSON is refused', async () => {
    const answer = await sendRaw('/migrations', 'name=x', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([answer.statusCode, answer.json().code]).toEqual([415, 'request.wrong_type']);
  });

  test.each([
    ['/migrations', aMigration('m', { colour: 'red' }), 'colour'],
    ['/migrations', aMigration('m', { options: { batch: 10, speed: 1 } }), 'options.speed'],
    ['/users', { username: 'x', password: 'a long enough phrase', role: 'viewer', isAdmin: true }, 'isAdmin'],
    ['/endpoints', { name: 'x', url: 'redis://a:1', id: nobody }, 'id'],
    ['/machines', { kind: 'local', name: 'x', state: 'ready' }, 'state'],
    [`/migrations/${nobody}/checks`, { mode: 'full', speed: 1 }, 'speed'],
  ])('for %s with a field that does not exist is refused by name', async (url, body, path) => {
    const answer = await admin.post(url, body);
    expect([answer.statusCode, fieldsOf(answer)]).toEqual([400, [path]]);
  });

  test.each([
    ['no host', 'redis://'],
    ['port 0', 'redis://a:0'],
    ['port 70000', 'redis://a:70000'],
    ['another scheme', 'javascript:alert(1)'],
    ['a file', 'file:///etc/passwd'],
    ['a line break', 'redis://a:1\r\nX: y'],
  ])('with an address of %s is refused without the address in the answer', async (_, url) => {
    const source = { url: url.replace('://', '://user:canary-secret@') };
    const answer = await admin.post('/migrations', aMigration('m', { source }));
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'endpoint.invalid']);
    expect(answer.body).not.toContain('canary-secret');
  });

  test('may be missing where an action needs none', async () => {
    const answer = await world.inject({
      method: 'POST',
      url: `${root}/migrations/${nobody}/stop`,
      headers: { cookie: admin.cookie, 'x-csrf-token': admin.csrfToken },
    });
    expect(answer.json().code).toBe('request.not_found');
  });
});

describe('an address', () => {
  test.each([
    '1',
    'null',
    '../users',
    '01900000-0000-4000-8000-000000000000',
    '0190000A-0000-7000-8000-000000000000',
    '%00',
    "'or 1=1--",
  ])('with the id %s is refused', async (id) => {
    const answer = await admin.get(`/migrations/${encodeURIComponent(id)}`);
    expect([400, 404]).toContain(answer.statusCode);
    expect(answer.json().code).toMatch(/^request\.(invalid|no_route)$/);
  });

  test.each(['/api', '/api/v2/migrations', '/api/v1/nothing', '/api/v1/migrations/x/y/z', '/api/v1/%zz'])(
    '%s that does not exist is a problem',
    async (url) => {
      const answer = await world.inject({ url });
      expect([answer.statusCode, answer.json().code]).toEqual([404, 'request.no_route']);
    },
  );

  test('that exists refuses another method and names its own', async () => {
    const answer = await world.inject({ method: 'PUT', url: `${root}/migrations` });
    expect([answer.statusCode, answer.json().fix]).toEqual([405, 'Use one of: GET, POST.']);
  });
});

describe('a list', () => {
  const forged = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  test.each([
    ['a cursor of nonsense', 'cursor=%21%21'],
    ['a cursor of another list', `cursor=${forged(['name', 'x', nobody])}`],
    ['a cursor that injects', `cursor=${forged(['-createdAt', "'; drop table users", "x' or 1=1"])}`],
    ['an unknown sort', 'sort=passwordHash'],
    ['a sort that injects', 'sort=name;drop'],
    ['a limit of nothing', 'limit=0'],
    ['a limit that is no number', 'limit=many'],
    ['ten kilobytes to look for', `q=${'x'.repeat(10_000)}`],
    ['an unknown state', 'state=flying'],
  ])('refuses %s', async (_, query) => {
    const answer = await admin.get(`/migrations?${query}`);
    expect([answer.statusCode, answer.json().code]).toEqual([400, 'request.invalid']);
    expect(fieldsOf(answer)).toEqual([query.split('=')[0]]);
    const [{ path, message }] = answer.json().fields;
    expect(answer.json().detail).toBe(`${path}: ${message}`);
  });

  test('is cut at two hundred, and empty values are not given', async () => {
    const answer = await admin.get('/migrations?limit=1000000000&cursor=&q=&sort=');
    expect([answer.statusCode, answer.json()]).toEqual([200, { items: [], nextCursor: null, total: 0 }]);
  });

  test('goes through all pages, each row once', async () => {
    for (let i = 0; i < 5; i++) await admin.post('/migrations', aMigration(`page ${i}`));
    const names: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await admin.get(`/migrations?limit=2&sort=name&q=page&cursor=${cursor}`);
      const page: { items: { name: string }[]; nextCursor: string | null; total: number } = answer.json();
      expect(page.total).toBe(5);
      names.push(...page.items.map(({ name }) => name));
      cursor = page.nextCursor;
    }
    expect(names).toEqual(['page 0', 'page 1', 'page 2', 'page 3', 'page 4']);
  });
});

describe('a name that is taken', () => {
  test.each([
    ['/endpoints', { name: 'twin', url: 'redis://a:6379' }],
    ['/machines', { kind: 'ssh', name: 'twin', host: 'h', username: 'u', auth: { kind: 'agent' } }],
    ['/users', { username: 'twin', password: 'purple window 88 cats', role: 'viewer' }],
  ])('in %s is refused', async (url, body) => {
    expect((await admin.post(url, body)).statusCode).toBe(201);
    const answer = await admin.post(url, body);
    expect([answer.statusCode, answer.json().code]).toEqual([409, 'request.duplicate_name']);
  });
});

describe('a repeated request', () => {
  const twice = { 'idempotency-key': 'one-press' };

  test('under one key is done once and answered the same', async () => {
    const [one, other] = [
      await admin.post('/migrations', aMigration('pressed twice'), twice),
      await admin.post('/migrations', aMigration('pressed twice'), twice),
    ];
    expect([one.statusCode, other.statusCode]).toEqual([201, 201]);
    expect(other.json()).toEqual(one.json());
    expect((await admin.get('/migrations?q=pressed')).json().total).toBe(1);
  });

  test('at the same moment is done once too', async () => {
    const send = () => admin.post('/migrations', aMigration('many at once'), { 'idempotency-key': 'at-once' });
    const answers = await Promise.all(Array.from({ length: 8 }, send));
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1);
  });

  test('under one key with another body is refused', async () => {
    await admin.post('/endpoints', { name: 'e1', url: 'redis://a:1' }, { 'idempotency-key': 'k2' });
    const answer = await admin.post('/endpoints', { name: 'e2', url: 'redis://a:1' }, { 'idempotency-key': 'k2' });
    expect([answer.statusCode, answer.json().code]).toEqual([422, 'request.idempotency_conflict']);
  });

  test('of another user under the same key is another request', async () => {
    const operator = await world.signIn('operator');
    const headers = { 'idempotency-key': 'shared' };
    const [one, other] = [
      await admin.post('/migrations', aMigration('of admin'), headers),
      await operator.post('/migrations', aMigration('of operator'), headers),
    ];
    expect(one.json().id).not.toBe(other.json().id);
  });

  test('under a key that is none is refused', async () => {
    const answer = await admin.post('/migrations', aMigration('x'), { 'idempotency-key': 'ü'.repeat(300) });
    expect([answer.statusCode, fieldsOf(answer)]).toEqual([400, ['Idempotency-Key']]);
  });
});
