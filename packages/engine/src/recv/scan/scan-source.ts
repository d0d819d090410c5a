import type { Clock } from '@cacheferry/kernel';
import { type Connection, infoCount, infoMajor, leafKind, readLibraries } from '@cacheferry/resp';
import type { KeyMatch } from '../../rules/key-matcher.ts';
import type { ExpiryFacts } from './reread-keys.ts';
import { RdbRecords } from './rdb-records.ts';
import { scanDatabase } from './scan-database.ts';
import { isElsewhere, isGone, isOurs, type ReadKeys } from './value-batches.ts';

/** What a server tells of itself before it is read by SCAN. */
export type ScanFacts = ExpiryFacts & {
  databases: { db: number; keys: number; expires: number }[];
  usedMemory: number | null;
};

const chunkBytes = 262_144;

/** Asks for the version and the databases that hold anything. */
export async function readFacts(connection: Connection): Promise<ScanFacts> {
  const server = await connection.call('INFO', 'server');
  const keyspace = String(await connection.call('INFO', 'keyspace'));
  const [time, memory] = await connection.pipeline([['TIME'], ['INFO', 'memory']]);
  const rows = [...keyspace.matchAll(/^db(\d+):keys=(\d+),expires=(\d+)/gm)];
  return {
    hasExpireTime: infoMajor(server) >= 7,
    hasTime: Array.isArray(time),
    usedMemory: infoCount(memory, 'used_memory'),
    databases: rows.map(([, db, keys, expires]) => ({ db: Number(db), keys: Number(keys), expires: Number(expires) })),
  };
}

/**
 * A server that is read, and what it tells of itself.
 *
 * `part`: of all keys only those are read, so many of them are expected.
 */
export type ScanNode = { connection: Connection; facts: ScanFacts; part?: { owns: KeyMatch; keys: number } };

/** The beginning of an RDB of what servers hold together. */
export async function beginRecords(nodes: readonly ScanNode[]): Promise<RdbRecords> {
  const versions = await Promise.all(nodes.map(payloadVersion));
  const records = new RdbRecords(Math.max(...versions));
  for (const source of nodes[0] ? await libraries(nodes[0].connection) : []) records.library(source);
  return records;
}

/** Everything that a server holds, in the form of an RDB, piece by piece. */
export async function* scanNode(
  records: RdbRecords,
  { connection, facts, part }: ScanNode,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  for (const { db, keys, expires } of facts.databases) {
    await connection.call('SELECT', db);
    records.selectDb(db, part?.keys ?? keys, Math.min(expires, part?.keys ?? keys));
    const counts = {
      expectedKeys: keys,
      usedMemory: facts.usedMemory,
      hasExpiries: expires > 0,
      ...(part ? { owns: part.owns } : {}),
    };
    const scan = scanDatabase({ connection, db, ...counts, facts, clock, signal });
    for await (const read of scan) {
      write(records, read, connection);
      if (records.length >= chunkBytes) yield records.take();
    }
  }
}

function write(records: RdbRecords, read: ReadKeys, connection: Connection): void {
  const { page, strings, values, expiries } = read;
  const key = { bytes: page.bytes, start: 0, end: 0 };
  const value = { bytes: values.bytes, start: 0, end: 0 };
  for (let index = 0, other = 0; index < read.to - read.from; index++) {
    const isString = strings?.kind(index) === leafKind.bulk;
    const leaf = strings ? (isString ? index : other++) : index;
    if ((!isString && isGone(connection, read, leaf)) || isOurs(read, index)) continue;
    if (expiries && isElsewhere(connection, expiries, index)) continue;
    const replies = isString ? strings : values;
    key.start = page.start(read.from + index);
    key.end = key.start + page.size(read.from + index);
    value.bytes = replies.bytes;
    value.start = replies.start(leaf);
    value.end = value.start + replies.size(leaf);
    const left = expiries ? decimalAt(expiries.bytes, expiries.start(index), expiries.size(index)) : -1;
    const expireAtMs = left < 0 ? -1 : read.nowMs + left;
    if (isString) records.string(key, value, expireAtMs);
    else records.key(key, value, expireAtMs);
  }
}

/** A whole number without a string for it; every negative one is −1. */
function decimalAt(bytes: Buffer, start: number, size: number): number {
  if (bytes[start] === 0x2d) return -1;
  let value = 0;
  for (let at = start; at < start + size; at++) value = value * 10 + (bytes[at] as number) - 0x30;
  return value;
}

/** The version in the payloads of this server, from any key; without keys it does not matter. */
async function payloadVersion({ connection, facts: { databases } }: ScanNode): Promise<number> {
  for (const { db } of databases) {
    await connection.call('SELECT', db);
    const key = await connection.call('RANDOMKEY');
    const payload = Buffer.isBuffer(key) ? await connection.call('DUMP', key) : null;
    if (Buffer.isBuffer(payload)) return payload.readUInt16LE(payload.length - 10);
  }
  return 9;
}

/** Function libraries; a server that has none, or does not tell, has nothing to be copied. */
async function libraries(connection: Connection): Promise<Buffer[]> {
  const [reply] = await connection.pipeline([['FUNCTION', 'LIST', 'WITHCODE']]);
  return [...(readLibraries(reply)?.values() ?? [])];
}
