import { expect, test } from 'vitest';
import { infoOfAll } from './info-of-all.ts';

const node = (...sections: [string, string][]) => {
  const texts = new Map(sections);
  const call = (_: unknown, section: unknown) => Promise.resolve(texts.get(String(section)) ?? '');
  return { call, pipeline: () => Promise.resolve([texts.get('memory') ?? '']) };
};

test('of servers of several versions the oldest one speaks, whichever comes first', async () => {
  const [newer, older] = ['redis_version:7.2.5\r\n', 'redis_version:6.2.14\r\n'];
  const nodes = [node(['server', newer]), node(['server', older])];
  expect(await infoOfAll(nodes, 'server')).toBe(older);
  expect(await infoOfAll(nodes.reverse(), 'server')).toBe(older);
});

test('keys are summed up by database, of whichever there are', async () => {
  const a = node(['keyspace', '# Keyspace\r\ndb0:keys=3,expires=1,avg_ttl=0\r\ndb2:keys=1,expires=0,avg_ttl=0\r\n']);
  const b = node(['keyspace', '# Keyspace\r\ndb0:keys=4,expires=2,avg_ttl=9,subexpiry=1\r\n']);
  expect(await infoOfAll([a, b], 'keyspace')).toBe('db0:keys=7,expires=3\r\ndb2:keys=1,expires=0\r\n');
});

test('memory is summed up, and not known when one does not say', async () => {
  const [a, b] = [node(['memory', 'used_memory:10\r\n']), node(['memory', 'used_memory:5\r\n'])];
  expect(await infoOfAll([a, b], 'memory')).toBe('used_memory:15\r\n');
  expect(await infoOfAll([a, node()], 'memory')).toBe('');
});
