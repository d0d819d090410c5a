import { FerryError, toFerryError } from '@cacheferry/kernel';
import { endpointName, openConnection, ReplyError } from '@cacheferry/resp';
import type { ServerAddress } from '../topology.ts';
import { askSentinels, type SentinelGroup } from './ask-sentinels.ts';
import { type Candidate, weighAnswers } from './weigh-answers.ts';

export type Login = Pick<ServerAddress, 'user' | 'password'>;

const limits = { connectTimeoutMs: 3_000, handshakeTimeoutMs: 5_000, replyTimeoutMs: 5_000 };

/**
 * Where the primary of a group is: named by a sentinel, and by its own word a primary.
 *
 * Where sentinels name several that all call themselves primaries, only more than half of all sentinels decide.
 * Throws `sentinel.*`, and `endpoint.*` when the only one that is named cannot be reached.
 */
export async function findPrimary(group: SentinelGroup, login: Login, signal?: AbortSignal): Promise<ServerAddress> {
  const candidates = weighAnswers(await askSentinels(group, signal), group);
  const looks = await Promise.all(candidates.map((candidate) => look(candidate, login, signal)));
  const primaries = looks.filter((one) => one.isPrimary);
  const majority = primaries.find(({ votes }) => votes > group.sentinels.length / 2);
  const found = majority ?? (primaries.length === 1 ? primaries[0] : undefined);
  if (found) return { ...found.place, ...login, tls: null, db: 0 };
  const named = looks.map(({ place, votes }) => `${endpointName(place)} (${votes})`).join(', ');
  if (primaries.length > 1) throw new FerryError('sentinel.disagree', { name: group.masterName, named });
  const error = looks.find((one) => one.error)?.error;
  if (error && looks.length === 1) throw error;
  throw new FerryError('sentinel.no_primary', { name: group.masterName, named }, error);
}

type Look = Candidate & { isPrimary: boolean; error: FerryError | null };

/** Asks a server itself. One that does not let us ask is taken at the sentinels' word. */
async function look(candidate: Candidate, login: Login, signal?: AbortSignal): Promise<Look> {
  try {
    const options = { ...candidate.place, ...login, ...limits, ...(signal ? { signal } : {}) };
    const connection = await openConnection(options);
    try {
      const [reply] = await connection.pipeline([['ROLE']]);
      const isPrimary = reply instanceof ReplyError || (Array.isArray(reply) && String(reply[0]) === 'master');
      return { ...candidate, isPrimary, error: null };
    } finally {
      await connection.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    return { ...candidate, isPrimary: false, error: toFerryError(error) };
  }
}
