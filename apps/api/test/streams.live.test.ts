import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type ApiWorld, aMigration, type Browser, nobody, openApiWorld, root } from './api-world.ts';
import { line, playRun, progress } from './run-of.ts';
import { openSseClient, type SseClient } from './sse-client.ts';

let world: ApiWorld;
let operator: Browser;
let address = '';
let clients: SseClient[] = [];
beforeAll(async () => {
  world = await openApiWorld();
  operator = await world.signIn('operator');
  address = await world.app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => {
  for (const client of clients) client.close();
  clients = [];
});
afterAll(() => world.close());

async function connect(path: string, headers: Record<string, string> = {}, at = address): Promise<SseClient> {
  const client = await openSseClient(`${at}${root}${path}`, { cookie: operator.cookie, ...headers });
  clients.push(client);
  return client;
}
const upTo = (last: number, first = 1) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('the events of a migration', () => {
  test('come as they were stored, and go on as they are', async () => {
    const run = await playRun(world, operator, 'stream 1');
    await run.say(line('one'), line('two'));
    const client = await connect(`/migrations/${run.id}/events`);
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    await client.until(() => client.frames.some(({ data }) => data.msg === 'two'));
    await run.say(line('three'));
    await client.until(() => client.frames.some(({ data }) => data.msg === 'three'));
    expect(client.ids).toEqual(upTo(client.ids.length));
    const logs = client.frames.filter(({ event }) => event === 'log');
    expect(logs.map(({ data }) => [data.msg, data.seq])).toEqual([
      ['one', 1],
      ['two', 2],
      ['three', 3],
    ]);
    expect(client.frames.some(({ event }) => event === 'state')).toBe(true);
    for (const { id, event, data } of client.frames) expect([data.id, data.type]).toEqual([id, event]);
  });

  test('arrive within a second of being stored', async () => {
    const run = await playRun(world, operator, 'stream 2');
    const client = await connect(`/migrations/${run.id}/events`);
    await client.until(() => client.ids.length > 0);
    const started = performance.now();
    await run.say(line('now'));
    await client.until(() => client.frames.some(({ data }) => data.msg === 'now'));
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  test.each([
    ['the header', (id: number) => ['', { 'last-event-id': String(id) }] as const],
    ['the address', (id: number) => [`?lastEventId=${id}`, {}] as const],
  ])('go on after the last one that was seen, by %s', async (how, ask) => {
    const run = await playRun(world, operator, `stream after by ${how}`);
    await run.say(line('one'), line('two'), line('three'));
    const all = await connect(`/migrations/${run.id}/events`);
    await all.until(() => all.frames.some(({ data }) => data.msg === 'three'));
    const middle = all.ids.at(-2) ?? 0;
    const [query, headers] = ask(middle);
    const rest = await connect(`/migrations/${run.id}/events${query}`, headers);
    await rest.until(() => rest.ids.length > 0);
    expect(rest.ids).toEqual([middle + 1]);
  });

  test('begin with the newest progress, which has no id and is not kept', async () => {
    const run = await playRun(world, operator, 'stream progress');
    await run.say(progress(10), line('between'), progress(20));
    const client = await connect(`/migrations/${run.id}/events?lastEventId=999999`);
    await client.until(() => client.frames.length > 0);
    expect(client.frames[0]).toMatchObject({ id: null, event: 'progress', data: { id: null, keysDone: 20 } });
    await run.say(progress(30));
    await client.until(() => client.frames.some(({ data }) => data.keysDone === 30));
    expect(client.ids).toEqual([]);
  });

  test('are the same in the pages of the log and in the downloads', async () => {
    const run = await playRun(world, operator, 'stream pages');
    await run.say(line('one'), { type: 'log', level: 'warn', msg: 'two\u001b[2J' }, progress(1), line('three'));
    const client = await connect(`/migrations/${run.id}/events`);
    await client.until(() => client.frames.some(({ data }) => data.msg === 'three'));
    const streamed = client.frames.filter(({ id }) => id !== null).map(({ data }) => data);
    const page = (await operator.get(`/migrations/${run.id}/logs?after=0`)).json();
    expect(page.items).toEqual(streamed);
    const file = await operator.get(`/migrations/${run.id}/logs.jsonl`);
    expect(file.headers['content-disposition']).toBe(`attachment; filename="${run.id}.jsonl"`);
    expect(
      file.body
        .trim()
        .split('\n')
        .map((text) => JSON.parse(text)),
    ).toEqual(streamed);
    const warnings = await operator.get(`/migrations/${run.id}/logs.jsonl?level=warn`);
    expect(warnings.body.trim().split('\n')).toHaveLength(1);
    const text = (await operator.get(`/migrations/${run.id}/logs.log`)).body;
    expect(text.trim().split('\n')).toHaveLength(streamed.length);
    expect(text).toMatch(/WARN {2}\d+ two\\u001b\[2J/);
  });

  test('of nothing, or after nonsense, are a problem', async () => {
    expect((await connect(`/migrations/${nobody}/events`)).status).toBe(404);
    const run = await playRun(world, operator, 'stream nonsense');
    expect((await connect(`/migrations/${run.id}/events`, { 'last-event-id': 'x' })).status).toBe(400);
    expect((await connect(`/checks/${run.id}/events`)).status).toBe(404);
    expect((await connect(`/migrations/${run.id}/events`, { cookie: '' })).status).toBe(401);
  });

  test('end when the migration is removed', async () => {
    const { id } = (await operator.post('/migrations', aMigration('stream removed'))).json();
    const client = await connect(`/migrations/${id}/events`);
    await operator.send('DELETE', `/migrations/${id}`);
    await client.until(() => !client.isOpen, 'the end');
    expect(client.frames.at(-1)?.event).toBe('end');
  });
});

describe('many events', () => {
  test('reach a client through a restart of the server without a gap or a double', async () => {
    const run = await playRun(world, operator, 'stream restart');
    const seen: number[] = [];
    let isWriting = true;
    const writing = (async () => {
      for (let i = 0; i < 300; i++) await run.say(line(`line ${i}`), line(`more ${i}`));
      isWriting = false;
    })();
    while (isWriting || seen.length < 602) {
      const server = await world.another();
      const at = await server.app.listen({ port: 0, host: '127.0.0.1' });
      const client = await connect(`/migrations/${run.id}/events`, { 'last-event-id': String(seen.at(-1) ?? 0) }, at);
      await client.until(() => client.ids.length > 150 || (!isWriting && (client.ids.at(-1) ?? 0) >= 602));
      await server.stop();
      await client.until(() => !client.isOpen, 'the end of the stream');
      seen.push(...client.ids);
    }
    await writing;
    expect(seen).toEqual(upTo(seen.length));
    expect(seen.length).toBeGreaterThanOrEqual(602);
  });

  test('do not pile up for a client that does not read, and it gets all of them later', async () => {
    const run = await playRun(world, operator, 'stream slow');
    const client = await connect(`/migrations/${run.id}/events`);
    await client.until(() => client.ids.length > 0);
    client.pause();
    const text = 'x'.repeat(8_000);
    for (let i = 0; i < 20; i++) await run.say(...Array.from({ length: 100 }, () => line(text)));
    client.resume();
    const last = (await operator.get(`/migrations/${run.id}/logs?limit=1`)).json().lastId;
    await client.until(() => client.ids.at(-1) === last, 'the last event');
    expect(client.ids).toEqual(upTo(last));
  });
});

describe('streams', () => {
  test('are twenty at once in one session', async () => {
    const browser = await world.signIn('viewer');
    const { id } = await playRun(world, operator, 'stream count');
    const headers = { cookie: browser.cookie };
    for (let i = 0; i < 20; i++) expect((await connect(`/migrations/${id}/events`, headers)).status).toBe(200);
    expect((await connect(`/migrations/${id}/events`, headers)).status).toBe(429);
    clients.at(0)?.close();
    const other = await world.signIn('viewer');
    expect((await connect('/events', { cookie: other.cookie })).status).toBe(200);
  });

  test('end with the session that opened them', async () => {
    const browser = await world.signIn('viewer');
    const client = await connect('/events', { cookie: browser.cookie });
    expect(client.isOpen).toBe(true);
    await browser.send('DELETE', '/session');
    await client.until(() => !client.isOpen, 'the end');
  });

  test('of all lists tell what was made, moved and removed', async () => {
    const client = await connect('/events');
    const { id } = (await operator.post('/migrations', aMigration('live 1'))).json();
    const ofMigration = () => client.frames.filter(({ event, data }) => event === 'migration' && idOf(data) === id);
    await client.until(() => ofMigration().length > 0);
    await operator.send('DELETE', `/migrations/${id}`);
    await client.until(() => client.frames.some(({ data }) => data.type === 'removed' && data.id === id));
    expect(ofMigration()[0]?.data).toMatchObject({ type: 'migration', migration: { name: 'live 1', state: 'draft' } });
    expect(client.ids).toEqual([]);
  });
});

const idOf = (data: Record<string, unknown>): unknown => (data.migration as { id?: unknown } | undefined)?.id;
