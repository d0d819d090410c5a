import { parseEndpointUrl } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { openTopology } from './open-topology.ts';

describe('the topology of one server', () => {
  test('is one shard at its address, with its login and certificates', async () => {
    const url = 'rediss://app:p%40ss@10.0.0.5:6390/3?ca=/etc/ca.pem';
    const { kind, shards } = await openTopology(parseEndpointUrl(url), 'source');
    expect([kind, shards.map((shard) => shard.id)]).toEqual(['standalone', ['0']]);
    expect(await shards[0]?.locate()).toEqual({
      host: '10.0.0.5',
      port: 6390,
      user: 'app',
      password: 'p@ss',
      db: 3,
      tls: { ca: '/etc/ca.pem', cert: null, key: null },
    });
  });

  test('kinds without servers to ask are refused by name', async () => {
    const file = openTopology(parseEndpointUrl('rdb:/data/dump.rdb'), 'target');
    await expect(file).rejects.toMatchObject({ code: 'endpoint.unsupported', facts: { kind: 'rdb', role: 'target' } });
  });
});
