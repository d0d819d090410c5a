import { type Connection, infoCount } from '@cacheferry/resp';

/** INFO memory of servers that are read as one: what they use together, or nothing when one of them does not say. */
export async function usedByAll(nodes: readonly Pick<Connection, 'pipeline'>[]): Promise<string> {
  const replies = await Promise.all(nodes.map((node) => node.pipeline([['INFO', 'memory']])));
  const used = replies.map(([info]) => infoCount(info, 'used_memory'));
  return used.includes(null) ? '' : `used_memory:${used.reduce<number>((sum, one) => sum + (one ?? 0), 0)}\r\n`;
}
