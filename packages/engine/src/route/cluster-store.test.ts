import type { Command } from '@cacheferry/resp';
import { expect, test } from 'vitest';
import { firstCheckpoint } from '../ship/planned-checkpoint.ts';
import { ClusterStore, type ClusterStoreOptions } from './cluster-store.ts';

/** A primary that has nothing but names of keys. */
class Node {
  readonly keys = new Set<string>();
  /** What happens just before it is flushed. */
  beforeFlush: () => void = () => {};

  pipeline(commands: readonly Command[]): Promise<unknown[]> {
    for (const [name, key] of commands.map((words) => words.map(String))) {
      if (name === 'FLUSHALL') {
        this.beforeFlush();
        this.keys.clear();
      }
      if (name === 'HSET' || name === 'HMSET') this.keys.add(String(key));
    }
    return Promise.resolve(commands.map(() => 'OK'));
  }

  call(): Promise<number> {
    return Promise.resolve(this.keys.size);
  }
}

function storeOn(nodes: Readonly<Record<string, Node>>): ClusterStore {
  const ids = Object.keys(nodes);
  const primaries = ids.map((id, at) => ({ id, ranges: [[at * 8_192, at * 8_192 + 8_191]] }));
  const ownerOf = (slot: number) => ids[Math.floor(slot / 8_192)] as string;
  const view = { primaries, ownerOf: (slot: number) => ({ id: ownerOf(slot) }), firstUnserved: -1 };
  const connectionOf = (id: string) => nodes[id];
  const link = { nodes: { view, primaries, ownerOf, connectionOf, refresh: () => Promise.resolve() } };
  const state = { generation: 1, markSlots: [] };
  return new ClusterStore({
    link,
    state,
    task: 't',
    shard: '0',
    epoch: 1,
    fields: [],
  } as unknown as ClusterStoreOptions);
}

test('a key that moves to a node that has been flushed is flushed too, and what is noted stays', async () => {
  const nodes = { a: new Node(), b: new Node() };
  for (const [name, node] of Object.entries(nodes)) node.keys.add(`${name}1`).add(`${name}2`);
  nodes.b.beforeFlush = () => {
    if (nodes.b.keys.delete('b1')) nodes.a.keys.add('b1');
  };
  const at = firstCheckpoint({ replicationId: 'x'.repeat(40), offset: 5 }, 'rdb');
  await storeOn(nodes).flush(['FLUSHALL'], at, 5);
  const left = [...nodes.a.keys, ...nodes.b.keys];
  expect(left.filter((key) => !key.startsWith('cf:ck:t'))).toEqual([]);
  expect(left).toHaveLength(3);
});
