import { describe, expect, test } from 'vitest';
import { ClusterView, parseClusterNodes } from './cluster-view.ts';

const asked = { host: '10.0.0.9', port: 7000 };
const [a, b, c] = ['a'.repeat(40), 'b'.repeat(40), 'c'.repeat(40)];

describe('a line of CLUSTER NODES', () => {
  test.each([
    ['of 3.x', `${a} 10.0.0.1:7000 master - 0 0 1 connected 0-5`, '10.0.0.1', 7000],
    ['with a bus port', `${a} 10.0.0.1:7000@17000 master - 0 0 1 connected 0-5`, '10.0.0.1', 7000],
    ['with a hostname', `${a} 10.0.0.1:7000@17000,n1.example master - 0 0 1 connected`, '10.0.0.1', 7000],
    ['with further values', `${a} 10.0.0.1:7000@17000,,shard-id=x myself,master - 0 0 1 connected`, '10.0.0.1', 7000],
    ['of IPv6', `${a} ::1:7000@17000 master - 0 0 1 connected`, '::1', 7000],
    ['of a server that does not know its own address', `${a} :0@0 myself,master - 0 0 1 connected`, '10.0.0.9', 7000],
  ])('%s', (_, line, host, port) => {
    expect(parseClusterNodes(line, asked)[0]).toMatchObject({ id: a, host, port, isPrimary: true, configEpoch: 1 });
  });

  test('without an address is left out', () => {
    expect(parseClusterNodes(`${a} :0@0 master,noaddr - 0 0 1 disconnected`, asked)).toEqual([]);
  });
});

describe('a view of a cluster', () => {
  const text = [
    `${a} h:1@2 myself,master - 0 0 3 connected 0-99 200 [7->-${b}] [300-<-${b}]`,
    `${b} h:2@3 master,fail? - 0 0 5 connected 100-199`,
    `${c} h:3@4 slave ${a} 0 0 3 connected`,
  ].join('\n');
  const view = new ClusterView(parseClusterNodes(text, asked));

  test('says who has a slot', () => {
    expect([0, 99, 100, 200].map((slot) => view.ownerOf(slot)?.id)).toEqual([a, a, b, a]);
    expect(view.ownerOf(201)).toBeUndefined();
    expect(view.firstUnserved).toBe(201);
  });

  test('knows primaries, replicas, moves and its newest epoch', () => {
    expect(view.primaries.map(({ id }) => id)).toEqual([a, b]);
    expect(view.member(c)).toMatchObject({ isPrimary: false, primaryId: a });
    expect(view.member(b)?.isFailed).toBe(true);
    expect(view.member(a)?.migrating).toEqual(new Map([[7, b]]));
    expect(view.member(a)?.importing).toEqual(new Map([[300, b]]));
    expect(view.epoch).toBe(5);
  });
});
