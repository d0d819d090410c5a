import { ReplyError } from '@cacheferry/resp';
import type { End } from './end.ts';
import { sampleKeys, type SampledKey } from './sample.ts';

/** Strings above that are asked for their length: in memory a server may keep them with much room to spare. */
const longBytes = 524_288;

export type KeySize = { key: Buffer; type: string; bytes: number };
export type PlacedSize = KeySize & Pick<SampledKey, 'node' | 'db'>;

const measured = new WeakMap<End, Promise<PlacedSize[] | null>>();

/** The memory of the sampled keys, of long strings their length, as their server tells; null where it does not. */
export function measureKeys(end: End): Promise<PlacedSize[] | null> {
  const known = measured.get(end) ?? measure(end);
  measured.set(end, known);
  return known;
}

async function measure(end: End): Promise<PlacedSize[] | null> {
  const sample = await sampleKeys(end);
  if (sample === null) return null;
  const sizes: PlacedSize[] = [];
  for (const node of await end.nodes()) {
    const own = sample.keys.filter((one) => one.node === node);
    const connection = await node.open();
    for (const db of new Set(own.map((one) => one.db))) {
      const here = own.filter((one) => one.db === db);
      const commands = here.map(({ key }: SampledKey) => ['MEMORY', 'USAGE', key] as const);
      const [selected, ...replies] = await connection.pipeline([['SELECT', db], ...commands]);
      if (selected instanceof ReplyError || replies.some((reply) => reply instanceof ReplyError)) return null;
      const found = here.map(({ key, type }, at) => ({ node, db, key, type, bytes: Number(replies[at] ?? 0) }));
      const long = found.filter(({ type, bytes }) => type === 'string' && bytes > longBytes);
      const lengths = await connection.pipeline(long.map(({ key }) => ['STRLEN', key]));
      long.forEach((one, at) => {
        if (!(lengths[at] instanceof ReplyError)) one.bytes = Number(lengths[at]);
      });
      sizes.push(...found);
    }
    await connection.close();
  }
  return sizes;
}
