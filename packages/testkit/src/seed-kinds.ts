import type { Random } from './random.ts';
import type { Argument, Command } from './send-all.ts';

export type KeyContext = { key: Buffer; at: number; random: Random; now: number; fieldTtl: boolean };
export type KeyMaker = (context: KeyContext) => Command[];

const word = (random: Random): string => `w${random.below(100_000).toString(36)}`;
const times = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const pairs = (count: number, make: (at: number) => Argument[]): Argument[] => times(count, make).flat();

const text: KeyMaker = ({ key, random }) => [['SET', key, `value ${word(random)} ü ${word(random)}`]];
const number: KeyMaker = ({ key, random }) => [['SET', key, random.below(2_000_000_000) - 1_000_000_000]];
const bigNumber: KeyMaker = ({ key, random }) => [
  ['SET', key, random.pick(['9223372036854775807', '-9223372036854775808', '00012', '1e3'])],
];
const binary: KeyMaker = ({ key, random }) => [['SET', key, random.bytes(random.below(300))]];
const compressible: KeyMaker = ({ key, random }) => [['SET', key, word(random).repeat(20 + random.below(2_000))]];
const bitmap: KeyMaker = ({ key, random }) => times(3, () => ['SETBIT', key, random.below(8_000), 1]);
const hyperLogLog: KeyMaker = ({ key, random }) => [['PFADD', key, ...times(20, () => word(random))]];

const smallList: KeyMaker = ({ key, random }) => [['RPUSH', key, ...times(1 + random.below(8), () => word(random))]];
const bigList: KeyMaker = ({ key, random }) => [
  ['RPUSH', key, ...times(200, (at) => `${at}:${'x'.repeat(random.below(120))}`), 'y'.repeat(9_000)],
];
const intSet: KeyMaker = ({ key, random }) => [
  ['SADD', key, ...times(1 + random.below(20), () => random.pick([7, 70_000, 5_000_000_000]) + random.below(99))],
];
const textSet: KeyMaker = ({ key, random }) => [['SADD', key, ...times(5, () => word(random))]];
const bigSet: KeyMaker = ({ key, at }) => [['SADD', key, ...times(600, (n) => `member ${at} ${n}`)]];
const smallHash: KeyMaker = ({ key, random, now, fieldTtl }) => [
  ['HSET', key, ...pairs(2 + random.below(5), (n) => [`field ${n}`, word(random)])],
  ...(fieldTtl
    ? [['HPEXPIREAT', key, now + 7_200_000 + random.below(1_000_000), 'FIELDS', 1, 'field 1'] as Command]
    : []),
];
const bigHash: KeyMaker = ({ key, random }) => [
  ['HSET', key, ...pairs(250, (n) => [`f${n}`, n % 50 === 0 ? random.bytes(200) : word(random)])],
];
const smallZset: KeyMaker = ({ key, random }) => [
  [
    'ZADD',
    key,
    ...pairs(4, (n) => [(random.below(2_000_000) - 1_000_000) / 1_000, `m${n}`]),
    '-inf',
    'least',
    '+inf',
    'most',
  ],
];
const bigZset: KeyMaker = ({ key, random }) => [
  ['ZADD', key, ...pairs(200, (n) => [random.below(1_000) / 8, `member ${n}`])],
];
const geo: KeyMaker = ({ key, random }) => [
  ['GEOADD', key, ...pairs(3, (n) => [random.below(360) - 180, random.below(160) - 80, `place ${n}`])],
];

const plainStream: KeyMaker = ({ key, random }) =>
  times(3, (n) => ['XADD', key, `${1_000 + n}-${random.below(9)}`, 'field', word(random), 'other', n]);
const groupStream: KeyMaker = ({ key, random, now }) => [
  ...times(6, (n): Command => ['XADD', key, `${500 + n}-1`, ...pairs(1 + (n % 3), (f) => [`f${f}`, word(random)])]),
  ['XDEL', key, '503-1'],
  ['XGROUP', 'CREATE', key, 'readers', '504-1'],
  ['XGROUP', 'CREATE', key, 'idle group', '0'],
  ['XCLAIM', key, 'readers', 'alice', 0, '500-1', '501-1', 'TIME', now - 5_000, 'RETRYCOUNT', 3, 'FORCE', 'JUSTID'],
  ['XCLAIM', key, 'readers', 'bob', 0, '504-1', 'TIME', now - 9_000, 'RETRYCOUNT', 1, 'FORCE', 'JUSTID'],
];
const emptyStream: KeyMaker = ({ key }) => [
  ['XADD', key, '77-7', 'a', 'b'],
  ['XGROUP', 'CREATE', key, 'g', '$'],
  ['XDEL', key, '77-7'],
];

/** Every kind of key with its weight in the mix. */
export const keyKinds: readonly { name: string; weight: number; make: KeyMaker }[] = [
  { name: 'text', weight: 60, make: text },
  { name: 'number', weight: 20, make: number },
  { name: 'big-number', weight: 2, make: bigNumber },
  { name: 'binary', weight: 10, make: binary },
  { name: 'compressible', weight: 3, make: compressible },
  { name: 'bitmap', weight: 2, make: bitmap },
  { name: 'hyperloglog', weight: 2, make: hyperLogLog },
  { name: 'small-list', weight: 15, make: smallList },
  { name: 'big-list', weight: 1, make: bigList },
  { name: 'int-set', weight: 10, make: intSet },
  { name: 'text-set', weight: 8, make: textSet },
  { name: 'big-set', weight: 1, make: bigSet },
  { name: 'small-hash', weight: 20, make: smallHash },
  { name: 'big-hash', weight: 1, make: bigHash },
  { name: 'small-zset', weight: 15, make: smallZset },
  { name: 'big-zset', weight: 1, make: bigZset },
  { name: 'geo', weight: 2, make: geo },
  { name: 'stream', weight: 5, make: plainStream },
  { name: 'group-stream', weight: 4, make: groupStream },
  { name: 'empty-stream', weight: 1, make: emptyStream },
];

/** Names that trip those who take keys for text; the first keys of every database. */
export function specialKeys(prefix: string): Buffer[] {
  const names = ['', ' ', '\r\n', '\0', '*', '{}', '{a}b', 'ключ', '键', '{"json": true}', 'k'.repeat(1_000)];
  const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]);
  return [...names.map((name) => Buffer.from(prefix + name)), Buffer.concat([Buffer.from(prefix), bytes])];
}
