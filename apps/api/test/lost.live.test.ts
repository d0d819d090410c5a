import type { LostPage } from '@cacheferry/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiWorld, type Browser, openApiWorld } from './api-world.ts';
import { line, type PlayedRun, playRun } from './run-of.ts';

let world: ApiWorld;
let operator: Browser;
let run: PlayedRun;

const lost = (fields: object) =>
  ({
    type: 'log',
    level: 'warn',
    msg: 'An element did not arrive',
    count: 1,
    db: 0,
    detail: 'why',
    ...fields,
  }) as const;

beforeAll(async () => {
  world = await openApiWorld();
  operator = await world.signIn('operator');
  run = await playRun(world, operator, 'with losses');
  await run.say(
    line('a line of another kind, class module'),
    lost({ class: 'module', key: 'bloom:1' }),
    lost({ class: 'command', command: 'EVAL', count: 3, shard: 'a' }),
    lost({ class: 'module', key: 'bloom:2' }),
    { ...line('Further lost elements of this class are counted only'), level: 'warn' },
  );
});
afterAll(() => world.close());

const ask = async (query: string, as = operator): Promise<LostPage> =>
  (await as.get(`/migrations/${run.id}/lost${query}`)).json();

test('what did not arrive is listed by class, with its key or command', async () => {
  const { items, total } = await ask('?class=module');
  expect(items.map(({ key }) => key)).toEqual(['bloom:1', 'bloom:2']);
  expect(total).toBe(2);
  expect((await ask('?class=command')).items).toEqual([
    expect.objectContaining({ class: 'command', command: 'EVAL', key: null, count: 3, shard: 'a', detail: 'why' }),
  ]);
});

test('page by page, oldest first', async () => {
  const first = await ask('?limit=2');
  const next = await ask(`?limit=2&after=${first.nextCursor}`);
  expect([...first.items, ...next.items].map(({ class: name }) => name)).toEqual(['module', 'command', 'module']);
  expect(next.nextCursor).toBeNull();
});

test('keys are shown to viewers only where the settings say so', async () => {
  const admin = await world.signIn('admin');
  const viewer = await world.signIn('viewer');
  expect((await ask('?class=module', viewer)).items[0]?.key).toBe('bloom:1');
  await admin.send('PATCH', '/settings', { viewersSeeKeys: false });
  expect((await ask('?class=module', viewer)).items[0]?.key).toBeNull();
  expect((await ask('?class=module')).items[0]?.key).toBe('bloom:1');
});
