import { FerryError } from '@cacheferry/kernel';
import { type Connection, encodeCommand, endpointName, openConnection } from '@cacheferry/resp';
import type { ServerAddress } from '@cacheferry/topology';
import { greetSource, type SourceInfo } from './greet.ts';

/** A connection to a source that is ready for PSYNC, and how to ask it. */
export type Session = { connection: Connection; endpoint: string; info: SourceInfo; isSyncOnly: boolean };

export type SessionOptions = { address: ServerAddress; clientName: string; signal: AbortSignal };

/** Connects to a source and greets it. Throws `source.not_primary` for a replica that has lost its primary, or should be one. */
export async function openSession({ address, clientName, signal }: SessionOptions): Promise<Session> {
  const endpoint = endpointName(address);
  const connection = await openConnection({ ...address, db: 0, name: clientName, sharesReads: true, signal });
  try {
    const info = await greetSource(connection);
    if (info.isReplica && (address.isPrimary || !info.isLinkUp))
      throw new FerryError('source.not_primary', { endpoint });
    const [major = 9, minor = 0] = info.version ?? [];
    return { connection, endpoint, info, isSyncOnly: major < 2 || (major === 2 && minor < 8) };
  } catch (error) {
    await connection.close();
    throw error;
  }
}

/** The bytes that ask for a stream: from an offset on, or all anew (null). */
export function streamRequest(isSyncOnly: boolean, from: { replicationId: string; offset: number } | null): Buffer {
  if (isSyncOnly) return encodeCommand(['SYNC']);
  return from ? encodeCommand(['PSYNC', from.replicationId, from.offset + 1]) : encodeCommand(['PSYNC', '?', '-1']);
}

/** An RDB of unknown size that is longer than three times the source's memory has no end. */
export function maxRdbBytes(info: SourceInfo): number {
  return info.usedMemoryBytes === null ? Number.MAX_SAFE_INTEGER : info.usedMemoryBytes * 3 + 64 * 1024 ** 2;
}
