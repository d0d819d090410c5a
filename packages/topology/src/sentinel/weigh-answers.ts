import { FerryError } from '@cacheferry/kernel';
import { endpointName } from '@cacheferry/resp';
import type { Answer, Place, SentinelGroup } from './ask-sentinels.ts';

/** A server that sentinels name, and how many do. */
export type Candidate = { place: Place; votes: number };

const loginCodes = ['endpoint.auth_required', 'endpoint.auth_failed', 'endpoint.no_permission', 'endpoint.tls'];

/**
 * The servers that the sentinels name, the one with most votes first.
 *
 * Throws `sentinel.unknown_master`, `sentinel.unreachable`, or what kept us out of all of them.
 */
export function weighAnswers(answers: readonly Answer[], { sentinels, masterName }: SentinelGroup): Candidate[] {
  const byName = new Map<string, Candidate>();
  for (const answer of answers) {
    if ('error' in answer || !answer.place) continue;
    const name = endpointName(answer.place);
    byName.set(name, { place: answer.place, votes: (byName.get(name)?.votes ?? 0) + 1 });
  }
  if (byName.size > 0) return [...byName.values()].sort((a, b) => b.votes - a.votes);
  const names = sentinels.map(endpointName).join(', ');
  if (answers.some((answer) => 'place' in answer))
    throw new FerryError('sentinel.unknown_master', { name: masterName, sentinels: names });
  const errors = answers.flatMap((answer) => ('error' in answer ? [answer.error] : []));
  const locked = errors.find(({ code }) => loginCodes.includes(code));
  throw locked ?? new FerryError('sentinel.unreachable', { sentinels: names }, errors[0]);
}
