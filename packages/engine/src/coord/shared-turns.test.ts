import { FerryError, silentLogger, systemClock } from '@cacheferry/kernel';
import type { Argument } from '@cacheferry/resp';
import { expect, test } from 'vitest';
import { SharedTurns, type TurnLink } from './shared-turns.ts';

const live = new AbortController().signal;

function engine(share: number, open: () => Promise<TurnLink>): SharedTurns {
  return new SharedTurns({ task: 't', share, open, clock: systemClock, log: silentLogger });
}

/** What a server does with SET NX, GET and DEL of keys. */
function linkTo(keys: Map<string, string>): TurnLink {
  const call = (...words: Argument[]) => {
    const [name = '', key = '', value = '', mode = ''] = words.map(String);
    if (name === 'GET') return Promise.resolve(keys.get(key) ?? null);
    if (name === 'DEL') return Promise.resolve(Number(keys.delete(key)));
    if (mode === 'NX' && keys.has(key)) return Promise.resolve(null);
    keys.set(key, value);
    return Promise.resolve('OK');
  };
  return { call, close: () => Promise.resolve() };
}

test('another engine waits for the turn of a host, the same one started again does not', async () => {
  const keys = new Map<string, string>();
  const [one, other] = [1, 2].map((share) => engine(share, () => Promise.resolve(linkTo(keys))));
  const end = await one?.take('a', live);
  const told: string[] = [];
  const waiting = other?.take('a', live).then((endOther) => {
    told.push('other');
    endOther();
  });
  (await other?.take('b', live))?.();
  (await one?.take('a', live))?.();
  told.push('again');
  end?.();
  await waiting;
  expect(told).toEqual(['again', 'other']);
});

test('a target that cannot be asked keeps nobody from beginning, a stop does', async () => {
  const down = engine(1, () =>
    Promise.reject(new FerryError('endpoint.unreachable', { endpoint: 'a', reason: 'down' })),
  );
  expect(await down.take('a', live)).toBeTypeOf('function');
  const stop = new AbortController();
  stop.abort(new Error('stopped'));
  await expect(down.take('a', stop.signal)).rejects.toThrow('stopped');
});
