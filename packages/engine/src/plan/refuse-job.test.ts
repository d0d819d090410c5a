import { MigrationOptions, parseEndpointUrl } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { rulesOf } from '../rules/migration-rules.ts';
import { refuseEnds, refuseRules } from './refuse-job.ts';

const [one, many, scan] = ['redis://h:1', 'redis+cluster://h:1', 'redis-scan://h:1'];

test.each([
  [one, one, null],
  [one, many, null],
  [many, one, null],
  [scan, one, null],
  ['rdb:/a.rdb', many, null],
  [many, many, null],
  [scan, many, null],
  [one, 'twemproxy:/n.yml?pool=a', null],
  [many, 'twemproxy:/n.yml?pool=a', null],
  [scan, 'twemproxy:/n.yml?pool=a', null],
  ['redis-scan+cluster://h:1', many, null],
  [one, scan, 'endpoint.unsupported'],
  ['aof:/a', one, null],
  ['aof:/a', 'rdb:/a.rdb', 'endpoint.needs_server'],
  ['rdb:/a.rdb?version=redis-6.0', one, 'endpoint.unsupported'],
])('%s into %s: %s', (source, target, code) => {
  const ends = { source: parseEndpointUrl(source), target: parseEndpointUrl(target) };
  if (code === null) expect(() => refuseEnds(ends)).not.toThrow();
  else expect(() => refuseEnds(ends)).toThrow(expect.objectContaining({ code }));
});

test.each([
  [one, one, { filter: ['type:hash'] }, true, false],
  [one, one, { filter: ['size:>1kb'], exclude: ['ttl:<60'] }, true, false],
  [many, one, { filter: ['type:hash'] }, true, false],
  [one, many, { filter: ['type:hash'] }, true, false],
  [one, many, { filter: ['type:hash'] }, false, false],
  [scan, one, { filter: ['type:hash'] }, true, true],
  [scan, one, { filter: ['type:hash'] }, false, false],
  ['aof:/a', one, { exclude: ['ttl:none'] }, true, true],
  ['aof:/a', one, { exclude: ['a*'] }, true, false],
  [one, one, { keyPrefix: ['a:b'] }, true, false],
  [many, one, { keyPrefix: ['a:b'] }, true, true],
  [many, one, { filter: ['a*'] }, true, false],
])('%s into %s with %j, followed %s: refused %s', (...[from, to, given, isFollowed, isRefused]) => {
  const ends = { source: parseEndpointUrl(from), target: parseEndpointUrl(to) };
  const options = MigrationOptions.parse(given);
  const ask = () => refuseRules(ends, { rules: rulesOf(options, ends.source, ends.target), options, isFollowed });
  if (isRefused) expect(ask).toThrow(expect.objectContaining({ code: 'migration.option_unsupported' }));
  else expect(ask).not.toThrow();
});
