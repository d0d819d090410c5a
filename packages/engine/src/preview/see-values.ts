import type { SampledKey } from '../preflight/sample.ts';
import type { MigrationRules } from '../rules/migration-rules.ts';
import type { ValueFacts } from '../rules/rule-set.ts';
import { typeNamed } from '../rules/value-facts.ts';

export type SeenKey = { db: number; key: Buffer; type: string; facts: ValueFacts };

/** A larger value is taken for as large as it is in memory: its serialized form would be a burden for the server. */
const dumpedBytes = 1_048_576;

/** What rules about values look at, asked only as far as they do. */
export async function seeValues(
  keys: readonly SampledKey[],
  rules: MigrationRules | null,
  now: () => number,
): Promise<SeenKey[]> {
  const seen: SeenKey[] = [];
  for (const node of new Set(keys.map((one) => one.node)))
    for (const db of new Set(keys.map((one) => one.db))) {
      const here = keys.filter((one) => one.node === node && one.db === db);
      if (here.length === 0) continue;
      const connection = rules?.hasValues ? await node.open() : null;
      await connection?.pipeline([['SELECT', db]]);
      const expiries = (await connection?.pipeline(here.map(({ key }) => ['PTTL', key]))) ?? [];
      const sizes = connection && rules?.looksAtSize ? await sizesOf(connection, here) : [];
      await connection?.close();
      here.forEach(({ key, type }, at) => {
        const left = Number(expiries[at] ?? -1);
        const facts = { type: typeNamed(type), bytes: sizes[at] ?? 0, expireAtMs: left < 0 ? -1 : now() + left };
        seen.push({ db, key, type, facts });
      });
    }
  return seen;
}

type Asker = Awaited<ReturnType<SampledKey['node']['open']>>;

async function sizesOf(connection: Asker, keys: readonly SampledKey[]): Promise<number[]> {
  const first = await connection.pipeline(
    keys.map(({ key, type }) => (type === 'string' ? ['STRLEN', key] : ['MEMORY', 'USAGE', key])),
  );
  const sizes = first.map((reply) => (typeof reply === 'number' ? reply : 0));
  for (const [at, { key, type }] of keys.entries()) {
    if (type === 'string' || (sizes[at] ?? 0) > dumpedBytes) continue;
    const [dump] = await connection.pipeline([['DUMP', key]]);
    // Two bytes of version and eight of checksum stand behind the value.
    if (Buffer.isBuffer(dump)) sizes[at] = dump.length - 10;
  }
  return sizes;
}
