import type { Random } from './random.ts';
import type { Command } from './send-all.ts';

type Keys = { keys: number; prefix: string };
type Maker = (random: Random, key: (type: string) => string) => Command[];

const script = "redis.call('INCR', KEYS[1]) redis.call('RPUSH', KEYS[2], ARGV[1]) return redis.call('LLEN', KEYS[2])";
const value = (random: Random): string => `v${random.below(1_000_000)}`;
const one =
  (make: (random: Random, key: (type: string) => string) => Command): Maker =>
  (random, key) => [make(random, key)];

/** All operations on one call use one hash tag, so they run on a cluster too. Each type has keys of its own. */
const makers: readonly Maker[] = [
  one((r, k) => ['SET', k('str'), value(r)]),
  one((r, k) => ['SET', k('ttl'), value(r), 'PX', 300 + r.below(5_000)]),
  one((r, k) => ['SET', k('ttl'), value(r), 'EX', 3_600]),
  one((r, k) => ['SET', k('str'), value(r), r.pick(['NX', 'XX'])]),
  one((_, k) => ['INCR', k('num')]),
  one((r, k) => ['INCRBY', k('num'), r.below(100)]),
  one((_, k) => ['INCRBYFLOAT', k('float'), '0.25']),
  one((r, k) => ['APPEND', k('log'), `${value(r)},`]),
  one((r, k) => ['SETRANGE', k('range'), r.below(50), value(r)]),
  one((r, k) => ['SETBIT', k('bits'), r.below(4_000), r.below(2)]),
  one((r, k) => ['GETSET', k('str'), value(r)]),
  one((r, k) => ['MSET', k('str'), value(r), k('other'), r.bytes(20)]),
  one((r, k) => ['LPUSH', k('list'), value(r), value(r)]),
  one((_, k) => ['RPOP', k('list')]),
  one((_, k) => ['RPOPLPUSH', k('list'), k('list2')]),
  one((_, k) => ['LTRIM', k('list'), 0, 200]),
  one((_, k) => ['LTRIM', k('list2'), 0, 200]),
  one((r, k) => ['SADD', k('set'), value(r), r.below(50)]),
  one((r, k) => ['SREM', k('set'), r.below(50)]),
  one((_, k) => ['SPOP', k('set')]),
  one((r, k) => ['SMOVE', k('set'), k('set2'), r.below(50)]),
  one((_, k) => ['SDIFFSTORE', k('set3'), k('set'), k('set2')]),
  one((r, k) => ['HSET', k('hash'), `f${r.below(60)}`, value(r), `g${r.below(9)}`, r.bytes(r.below(90))]),
  one((r, k) => ['HDEL', k('hash'), `f${r.below(60)}`]),
  one((r, k) => ['HINCRBY', k('hash'), `n${r.below(9)}`, 3]),
  one((r, k) => ['ZADD', k('zset'), r.below(1_000) / 4, `m${r.below(80)}`]),
  one((r, k) => ['ZINCRBY', k('zset'), '1.5', `m${r.below(80)}`]),
  one((_, k) => ['ZPOPMIN', k('zset')]),
  one((_, k) => ['ZREMRANGEBYRANK', k('zset'), 0, 1]),
  one((r, k) => ['GEOADD', k('geo'), r.below(100), r.below(80), `p${r.below(20)}`]),
  one((r, k) => ['XADD', k('stream'), 'MAXLEN', '~', 200, '*', 'a', value(r), 'b', value(r)]),
  one((r, k) => ['XADD', k('stream'), '*', 'only', value(r)]),
  one((_, k) => ['XTRIM', k('stream'), 'MAXLEN', 100]),
  one((r, k) => ['PFADD', k('hll'), value(r)]),
  one((r, k) => ['PEXPIRE', k('log'), 500 + r.below(8_000)]),
  one((r, k) => ['EXPIRE', k('hash'), 100 + r.below(900)]),
  one((_, k) => ['PERSIST', k('hash')]),
  one((r, k) => ['DEL', k(r.pick(['str', 'list', 'zset', 'num', 'stream']))]),
  one((_, k) => ['UNLINK', k('set'), k('set2')]),
  one((r, k) => ['EVAL', script, 2, k('num'), k('list'), value(r)]),
  (r, k) => [
    ['INCR', k('num')],
    ['RPUSH', k('list'), value(r)],
    ['HSET', k('hash'), 'tx', value(r)],
  ],
  (r, k) => [
    ['SET', k('renamed'), value(r)],
    ['RENAME', k('renamed'), k('other')],
  ],
];

/** The next operation: one command, or several that form a transaction. */
export function nextOperation(random: Random, { keys, prefix }: Keys): Command[] {
  const tag = random.below(keys);
  return random.pick(makers)(random, (type) => `${prefix}${type}:{${tag}}`);
}
