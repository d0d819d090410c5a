import { afterAll, beforeAll, expect, test } from 'vitest';
import { routes } from '../src/routes/index.ts';
import { aMigration, type ApiWorld, type Browser, openApiWorld, root } from './api-world.ts';
import { line, playRun } from './run-of.ts';

let world: ApiWorld;
let admin: Browser;
let count = 0;
const canaries: string[] = [];
/** A secret that appears nowhere else, with characters that every encoding changes. */
const canary = (): string => {
  const text = `cn${++count}ry/"<é>&+${crypto.randomUUID()}`;
  canaries.push(text);
  return text;
};

beforeAll(async () => {
  world = await openApiWorld();
  admin = await world.signIn('admin');
});
afterAll(() => world.close());

/** The forms in which a secret could show up. */
const formsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64').replace(/=+$/, ''),
  Buffer.from(secret).toString('base64url'),
  Buffer.from(secret).toString('hex'),
];

async function make(url: string, body: unknown): Promise<string> {
  const answer = await admin.post(url, body);
  expect(answer.statusCode, answer.body).toBeLessThan(300);
  return answer.json().id;
}

test('no answer ever holds a secret that was given', async () => {
  const answers: { url: string; text: string }[] = [];
  const keep = (url: string, answer: { body: string; headers: object }) =>
    void answers.push({ url, text: `${answer.body}${JSON.stringify(answer.headers)}` });
  const send = async (method: 'GET' | 'POST' | 'PATCH', url: string, body?: unknown) => {
    const answer = await admin.send(method, url, body);
    keep(`${method} ${url}`, answer);
    return answer;
  };

  const password = canary();
  const inUrl = encodeURIComponent(canary());
  const machineAuth = { kind: 'password', password: canary() };
  const key = { kind: 'key', privateKey: canary(), passphrase: canary() };
  const host = { kind: 'ssh', host: '10.0.0.9', username: 'ferry' };
  const ids = {
    machines: await make('/machines', { ...host, name: 'by password', auth: machineAuth }),
    endpoints: await make('/endpoints', {
      name: 'saved',
      url: `redis+sentinel://u:${inUrl}@10.0.0.1:26379/primary`,
      sentinelPassword: canary(),
    }),
    users: await make('/users', { username: 'someone', password: `${canary()} long enough`, role: 'viewer' }),
    migrations: await make(
      '/migrations',
      aMigration('with secrets', {
        source: { url: 'redis://10.0.0.1:6379', password },
        target: { url: `redis://:${inUrl}@h:1` },
      }),
    ),
  };
  await make('/machines', { ...host, name: 'by key', auth: key });
  await make('/endpoints', { name: 'cachecloud', url: 'cachecloud+http://cc:8080?app=1', token: canary() });
  const machine = (await admin.get('/machines')).json().items[0].id;
  await send('POST', '/preflights', {
    source: { url: 'redis://a:1', password },
    target: { endpointId: ids.endpoints },
    machineId: machine,
  });
  await send('PATCH', `/machines/${ids.machines}`, { auth: { kind: 'password', password: canary() } });
  await send('PATCH', `/endpoints/${ids.endpoints}`, { password: canary() });
  await send('PATCH', `/users/${ids.users}`, { password: `${canary()} long enough` });
  await send('POST', `/migrations/${ids.migrations}/start`, {});
  const played = await playRun(world, await world.signIn('operator'), 'played');
  await played.say(line('something happened'));

  // Wrong requests, whose answers could quote what was wrong.
  await send('POST', '/migrations', aMigration('x', { source: { url: `redis://u:${inUrl}@:0` } }));
  await send('POST', '/endpoints', { name: 'x', url: `nonsense:${canaries[0]}` });
  await send('POST', '/endpoints', { name: 'x', url: 'redis://h:1', password: { not: 'a text', but: password } });
  await send('POST', '/users', { username: canaries[1], password: canaries[1], role: canaries[1] });
  keep(
    'sign in',
    await world.inject({ method: 'POST', url: `${root}/session`, payload: { username: 'admin', password } }),
  );

  for (const { method, path } of routes) {
    if (method !== 'GET' || path === '/events' || path.endsWith('/:id/events')) continue;
    const kind = path.split('/')[1] as keyof typeof ids;
    await send('GET', path.replace(':id', ids[kind] ?? ids.migrations));
  }
  for (const path of ['config', 'report', 'logs', 'logs.jsonl', 'history'])
    await send('GET', `/migrations/${played.id}/${path}`);
  for (const url of ['/metrics', '/readyz', '/api/openapi.json', '/api/docs']) keep(url, await world.inject({ url }));

  expect(answers.length).toBeGreaterThan(40);
  expect(canaries.length).toBeGreaterThan(10);
  for (const { url, text } of answers)
    for (const secret of canaries)
      for (const form of formsOf(secret)) expect(text.includes(form), `${url} holds a secret as ${form}`).toBe(false);
});

test('a token is in the answer that makes it, and in no later one', async () => {
  const made = await admin.post('/tokens', { name: 'script', role: 'viewer' });
  const { token, prefix } = made.json();
  expect(token.startsWith(prefix)).toBe(true);
  for (const url of ['/tokens', '/audit']) expect((await admin.get(url)).body).not.toContain(token);
});
