import type { RedisServer } from '@cacheferry/testkit';
import { type Expected, type Fixture, fixtureFile } from '../../../rdb/test/fixture-files.ts';
import { comparable, readHeld } from './server-values.ts';

/** What the server that wrote the fixture made of its own file, and a replay by commands does not. */
const exceptions: readonly [RegExp, RegExp][] = [
  // Merged again, by a newer server: other bytes that count the same.
  [/^(?!redis-[67]).* (aof|psync)-/, /:pfm$/],
  // Fields whose time had passed: a target without such times keeps them, and they are counted as lost.
  [/^redis-(7\.4|8\.0)\S* (rdb-expired|aof-preamble)/, /hfe/],
  // Servers before 4.0 run what a transaction without its end holds; newer ones do not.
  [/^redis-[23].* aof-truncated-multi/, /^in:txtail/],
];

const titleOf = ({ version, name }: Fixture): string => `${version} ${name}`;

export function expectedOf(fixture: Fixture, name = 'expected.jsonl'): Expected[] {
  const lines = String(fixtureFile(fixture, name)).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Expected);
}

/** Whether not every key has to be as the fixture says. */
export const hasExceptions = (fixture: Fixture): boolean => exceptions.some(([one]) => one.test(titleOf(fixture)));

const isException = (title: string, { key }: Expected): boolean =>
  exceptions.some(([fixture, name]) => fixture.test(title) && name.test(Buffer.from(key, 'base64').toString('latin1')));

/** The keys, each behind its database, that a server does not hold as the server that wrote the fixture did. */
export async function differencesOf(server: RedisServer, fixture: Fixture): Promise<string[]> {
  const wanted = expectedOf(fixture);
  const held = await readHeld(server, wanted);
  const differing = wanted.filter((one) => {
    const now = held.get(`${one.db} ${one.key}`);
    const text = (value: unknown) => JSON.stringify(comparable(one.type, value));
    return (
      !isException(titleOf(fixture), one) &&
      (now?.type !== one.type || now.pttl_at !== one.pttl_at || text(now.value) !== text(one.value))
    );
  });
  return differing.map(({ db, key }) => `${db} ${Buffer.from(key, 'base64').toString('latin1')}`);
}
