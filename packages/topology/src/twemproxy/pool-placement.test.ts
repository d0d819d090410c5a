import { expect, test } from 'vitest';
import { placementOf } from './pool-placement.ts';
import { readPools } from '@cacheferry/importer';

const poolOf = (lines: string) => {
  const pool = readPools(`p:\n  listen: 127.0.0.1:22121\n  redis: true\n${lines}`, 'n.yml').get('p');
  if (!pool || pool === 'memcached') throw new Error('no pool of Redis servers');
  return pool;
};
const servers = (...lines: string[]) => `  servers:\n${lines.map((line) => `    - ${line}\n`).join('')}`;

// As twemproxy 0.5.0 routes them.
test.each([
  ['ketama', ['foo', 'user:{42}:7', 'a{}2', 'клюв3'], [1, 3, 2, 3]],
  ['modula', ['foo', 'user:{42}:7', 'a{}2', 'клюв3'], [1, 3, 1, 3]],
])('%s with weights', (distribution, keys, expected) => {
  const lines = ['10.0.0.1:6379:1', '10.0.0.2:6379:3', '10.0.0.3:6379:2', '10.0.0.4:6379:7'];
  const place = placementOf(poolOf(`  distribution: ${distribution}\n${servers(...lines)}`));
  expect(keys.map((key) => place(Buffer.from(key)))).toEqual(expected);
});

test('keys with the same text between the tag characters go together; an empty tag counts as none', () => {
  const lines = servers('a:1:1', 'b:1:1', 'c:1:1', 'd:1:1', 'e:1:1');
  const [tagged, whole] = [placementOf(poolOf(`  hash_tag: "<>"\n${lines}`)), placementOf(poolOf(lines))];
  for (let number = 0; number < 100; number++) {
    const inner = Buffer.from(`${number}`);
    expect(tagged(Buffer.from(`x<${number}>y`))).toBe(whole(inner));
    for (const key of [`x<>${number}`, `x>${number}<`, `x<${number}`])
      expect(tagged(Buffer.from(key))).toBe(whole(Buffer.from(key)));
  }
});

test('placement by a pool that puts keys anywhere is refused, unless it has one server', () => {
  const random = '  distribution: random\n';
  expect(() => placementOf(poolOf(random + servers('a:1:1', 'b:1:1')))).toThrow(
    expect.objectContaining({ code: 'twemproxy.no_placement' }),
  );
  expect(placementOf(poolOf(random + servers('a:1:1')))(Buffer.from('k'))).toBe(0);
});
