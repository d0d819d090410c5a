import { ReplyError } from '@cacheferry/resp';
import type { End } from './end.ts';
import { sampleKeys, type SampledKey } from './sample.ts';

export type KeySize = { key: Buffer; type: string; bytes: number };

/** The memory of the sampled keys, as their server tells; null where it does not. */
export async function measureKeys(end: End): Promise<KeySize[] | null> {
  const sample = await sampleKeys(end);
  if (sample === null) return null;
  const sizes: KeySize[] = [];
  for (const node of await end.nodes()) {
    const own = sample.keys.filter((one) => one.node === node);
    const connection = await node.open();
    for (const db of new Set(own.map((one) => one.db))) {
      const here = own.filter((one) => one.db === db);
      const commands = here.map(({ key }: SampledKey) => ['MEMORY', 'USAGE', key] as const);
      const [selected, ...replies] = await connection.pipeline([['SELECT', db], ...commands]);
      if (selected instanceof ReplyError || replies.some((reply) => reply instanceof ReplyError)) return null;
      here.forEach(({ key, type }, at) => sizes.push({ key, type, bytes: Number(replies[at] ?? 0) }));
    }
    await connection.close();
  }
  return sizes;
}
