import { type Connection, infoCount } from '@cacheferry/resp';

type Nodes = readonly Pick<Connection, 'pipeline' | 'call'>[];

/**
 * A section of INFO of servers that are read as one: of keyspace and memory the sum, of the server what the oldest one
 * says, of others nothing.
 */
export async function infoOfAll(nodes: Nodes, section: string): Promise<string> {
  if (section === 'memory') return usedByAll(nodes);
  if (section !== 'keyspace' && section !== 'server') return '';
  const texts = await Promise.all(nodes.map((node) => node.call('INFO', section).then(String)));
  if (section === 'server') return texts.sort((a, b) => versionOf(a) - versionOf(b))[0] ?? '';
  const sums = new Map<number, [number, number]>();
  for (const [, db, keys, expires] of texts.flatMap((text) => [
    ...text.matchAll(/^db(\d+):keys=(\d+),expires=(\d+)/gm),
  ])) {
    const [k, e] = sums.get(Number(db)) ?? [0, 0];
    sums.set(Number(db), [k + Number(keys), e + Number(expires)]);
  }
  return [...sums].map(([db, [keys, expires]]) => `db${db}:keys=${keys},expires=${expires}\r\n`).join('');
}

/** What they use together, or nothing when one of them does not say. */
async function usedByAll(nodes: Nodes): Promise<string> {
  const replies = await Promise.all(nodes.map((node) => node.pipeline([['INFO', 'memory']])));
  const used = replies.map(([info]) => infoCount(info, 'used_memory'));
  return used.includes(null) ? '' : `used_memory:${used.reduce<number>((sum, one) => sum + (one ?? 0), 0)}\r\n`;
}

const versionOf = (info: string): number => {
  const [, major = 0, minor = 0] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? [];
  return Number(major) * 1_000 + Number(minor);
};
