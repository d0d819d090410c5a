import { type FerryError, toFerryError } from '@cacheferry/kernel';
import { openConnection } from '@cacheferry/resp';

export type Place = { host: string; port: number };

/** What one sentinel says: where the primary is, that it does not watch that name (null), or why it says nothing. */
export type Answer = { place: Place | null } | { error: FerryError };

export type SentinelGroup = {
  sentinels: readonly Place[];
  masterName: string;
  sentinelPassword: string | null;
  sentinelUser?: string;
};

const limits = { connectTimeoutMs: 2_000, handshakeTimeoutMs: 3_000, replyTimeoutMs: 3_000 };

/** Asks every sentinel of the group at once where the primary is. */
export function askSentinels(group: SentinelGroup, signal?: AbortSignal): Promise<Answer[]> {
  return Promise.all(group.sentinels.map((sentinel) => askSentinel(sentinel, group, signal)));
}

async function askSentinel(sentinel: Place, group: SentinelGroup, signal?: AbortSignal): Promise<Answer> {
  const { masterName, sentinelPassword: password, sentinelUser: user = null } = group;
  try {
    const connection = await openConnection({ ...sentinel, user, password, ...limits, ...(signal ? { signal } : {}) });
    try {
      const reply = await connection.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
      if (!Array.isArray(reply)) return { place: null };
      return { place: { host: String(reply[0]), port: Number(String(reply[1])) } };
    } finally {
      await connection.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    return { error: toFerryError(error) };
  }
}
