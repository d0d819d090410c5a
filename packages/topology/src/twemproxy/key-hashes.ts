import type { HashName } from '@cacheferry/importer';
import { crc16, crc32, crc32a } from './hashes/crc.ts';
import { fnv1_32, fnv1_64, fnv1a_32, fnv1a_64 } from './hashes/fnv.ts';
import { hsieh } from './hashes/hsieh.ts';
import { jenkins } from './hashes/jenkins.ts';
import type { KeyHash } from './hashes/key-hash.ts';
import { md5 } from './hashes/md5.ts';
import { murmur } from './hashes/murmur.ts';
import { oneAtATime } from './hashes/one-at-a-time.ts';

/** The hashes of twemproxy 0.5 as they come out on a machine with signed chars. */
export const keyHashes: Readonly<Record<HashName, KeyHash>> = {
  one_at_a_time: oneAtATime,
  md5,
  crc16,
  crc32,
  crc32a,
  fnv1_64,
  fnv1a_64,
  fnv1_32,
  fnv1a_32,
  hsieh,
  murmur,
  jenkins,
};
