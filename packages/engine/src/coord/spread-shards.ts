/** A shard, and the host on which its full sync costs a fork, memory and disk. */
export type ShardPlace = { id: string; host: string };

/**
 * Which share each shard goes to: 1 … `of`, evenly. The shards of a host stay together where there are enough hosts, so
 * that one engine sees to it that they take turns.
 */
export function spreadShards(places: readonly ShardPlace[], of: number): Map<string, number> {
  const hosts = new Map<string, string[]>();
  for (const { id, host } of [...places].sort((a, b) => (a.id < b.id ? -1 : 1)))
    hosts.set(host, [...(hosts.get(host) ?? []), id]);
  const groups = hosts.size >= of ? [...hosts.values()] : [...hosts.values()].flat().map((id) => [id]);
  const counts = new Array<number>(of).fill(0);
  const shares = new Map<string, number>();
  for (const group of groups.sort((a, b) => b.length - a.length)) {
    const least = counts.indexOf(Math.min(...counts));
    counts[least] = (counts[least] as number) + group.length;
    for (const id of group) shares.set(id, least + 1);
  }
  return shares;
}
