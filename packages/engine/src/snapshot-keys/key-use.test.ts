import { describe, expect, test } from 'vitest';
import { keyUse } from './key-use.ts';

const use = (text: string) =>
  keyUse(
    text.split(' ').map((word) => Buffer.from(word)),
    2,
  );

describe('what a command', () => {
  test.each([
    ['SET k v', '', '2:k'],
    ['SET k v PXAT 5', '', '2:k'],
    ['SET k v KEEPTTL', '2:k', '2:k'],
    ['GETSET k v', '', '2:k'],
    ['RESTORE k 0 x REPLACE', '', '2:k'],
    ['MSET a 1 b 2', '', '2:a 2:b'],
    ['DEL a b', '', '2:a 2:b'],
    ['INCR k', '2:k', '2:k'],
    ['HSET k f v', '2:k', '2:k'],
    ['PEXPIREAT k 5', '2:k', '2:k'],
    ['PERSIST k', '2:k', '2:k'],
    ['XGROUP CREATE k g 0', '2:k', '2:k'],
    ['SMOVE a b m', '2:a 2:b', '2:a 2:b'],
    ['RENAME a b', '2:a', '2:a 2:b'],
    ['COPY a b', '2:a', '2:b'],
    ['COPY a b DB 5', '2:a', '2:b 5:b'],
    ['MOVE a 7', '2:a', '2:a 7:a'],
    ['SUNIONSTORE d a b', '2:a 2:b', '2:d'],
    ['ZUNIONSTORE d 2 a b', '2:a 2:b', '2:d'],
    ['BITOP AND d a b', '2:a 2:b', '2:d'],
    ['PFMERGE d a', '2:d 2:a', '2:d'],
    ['SORT a STORE d', '2:a 2:d', '2:d'],
    ['EVAL x 2 a b c', '2:a 2:b', '2:a 2:b'],
    ['FLUSHALL', '', ''],
    ['NOSUCH a b', '', ''],
    ['GET a', '', ''],
  ])('%s reads and writes', (text, reads, writes) => {
    expect({ reads: use(text).reads.join(' '), writes: use(text).writes.join(' ') }).toEqual({ reads, writes });
  });
});
