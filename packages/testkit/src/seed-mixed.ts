import { Redis } from 'ioredis';
import { createRandom } from './random.ts';
import { keyKinds, specialKeys, type KeyMaker } from './seed-kinds.ts';
import { type Client, type Command, sendAll } from './send-all.ts';

export type SeedOptions = {
  /** How many keys each database gets; default 1,000. */
  keys?: number;
  seed?: number;
  dbs?: readonly number[];
  prefix?: string;
  /** Share of keys with a time to live between one hour and thirty days; default 0.2. */
  ttlShare?: number;
  /** Gives some hash fields a time to live: Redis ≥ 7.4. */
  fieldTtl?: boolean;
  /** Replaces the mix, by name; default all. */
  only?: readonly string[];
};

/**
 * Fills a server with keys of every type, encoding and size: the same for the same options, times to live apart
 * (they count from now). Names and values hold binary data, spaces and UTF-8. Returns how many keys were made.
 */
export async function seedMixed(client: Client, options: SeedOptions = {}): Promise<number> {
  const { keys = 1_000, dbs = [0] } = options;
  const home = client instanceof Redis ? (client.options.db ?? 0) : 0;
  for (const db of dbs) {
    if (client instanceof Redis) await client.select(db);
    await seedDatabase(client, options, keys, db);
  }
  if (client instanceof Redis && dbs.some((db) => db !== home)) await client.select(home);
  return keys * dbs.length;
}

async function seedDatabase(client: Client, options: SeedOptions, keys: number, db: number): Promise<void> {
  const { seed = 1, prefix = '', ttlShare = 0.2, only, fieldTtl = false } = options;
  const random = createRandom(seed * 1_000 + db);
  const now = Date.now();
  const kinds = keyKinds.filter(({ name }) => only === undefined || only.includes(name));
  const mix = kinds.flatMap(({ weight, make }): KeyMaker[] => Array(weight).fill(make));
  let commands: Command[] = [];
  let sent: Promise<unknown> = Promise.resolve();
  for (let at = 0; at < keys; at++) {
    const key = specialKeys(prefix)[at] ?? Buffer.from(`${prefix}${random.below(1_000)}:${at}`);
    commands.push(...random.pick(mix)({ key, at, random, now, fieldTtl }));
    if (random.chance(ttlShare)) commands.push(['PEXPIREAT', key, now + 3_600_000 + random.below(2_592_000_000)]);
    if (commands.length < 5_000) continue;
    await sent;
    sent = sendAll(client, commands);
    commands = [];
  }
  await sent;
  await sendAll(client, commands);
}
