import type { RdbReader } from '@cacheferry/contract';
import { magicOf, type RdbMagic, type RecodeGoal } from '@cacheferry/rdb';

/** What a server reads of an RDB file. */
export type ReaderFormat = RecodeGoal & {
  name: RdbReader;
  magic: RdbMagic;
  /** The newest format version of its family that it reads. */
  version: number;
};

/** Format version of each server. Spec: redis and valkey rdb.h of each branch, RDB_VERSION. */
const versions: Record<RdbReader, number> = {
  'redis-2.6': 6,
  'redis-2.8': 6,
  'redis-3.0': 6,
  'redis-3.2': 7,
  'redis-4.0': 8,
  'redis-5.0': 9,
  'redis-6.0': 9,
  'redis-6.2': 9,
  'redis-7.0': 10,
  'redis-7.2': 11,
  'redis-7.4': 12,
  'redis-8.0': 12,
  'redis-8.2': 12,
  'redis-8.4': 12,
  'valkey-7.2': 11,
  'valkey-8.0': 11,
  'valkey-8.1': 11,
  'valkey-9.0': 80,
};

/** The format version that first had each value type, where that is not the first. Spec: rdb.h, RDB_TYPE_… */
const typeSince = new Map<number, number>([
  [14, 7],
  [5, 8],
  [6, 8],
  [7, 8],
  [15, 9],
  [16, 10],
  [17, 10],
  [18, 10],
  [19, 10],
  [20, 11],
  [21, 11],
  [24, 12],
  [25, 12],
]);
/** Types of hashes with field expiries that only release candidates of 7.4 wrote. */
const neverPassed = [22, 23];
const firstUnsure = 26;
const valkeyHash = 22;

/** What the server of that name reads. */
export function formatOfReader(name: RdbReader): ReaderFormat {
  const version = versions[name];
  const magic = magicOf(version);
  const isNewValkey = magic === 'VALKEY';
  const sinceOrUnsure = (type: number) => typeSince.get(type) ?? (type >= firstUnsure ? Number.POSITIVE_INFINITY : 0);
  const known = isNewValkey ? 11 : version;
  const refused = Array.from({ length: 256 }, (_, type) => type).filter(
    (type) => sinceOrUnsure(type) > known || (neverPassed.includes(type) && !(isNewValkey && type === valkeyHash)),
  );
  return {
    name,
    magic,
    version,
    product: name.startsWith('valkey') ? 'valkey' : 'redis',
    refused: new Set(refused),
  };
}

/** Whether that server loads a file with this header. Valkey from 9.0 on refuses formats that only Redis has. */
export function readsHeader(reader: ReaderFormat, magic: RdbMagic, version: number): boolean {
  if (magic === reader.magic) return version <= reader.version;
  return magic === 'REDIS' && version <= 11;
}
