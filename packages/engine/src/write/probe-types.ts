import { probePayloads } from '@cacheferry/rdb';
import { ReplyError } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import type { TargetProfile } from './target-profile.ts';

/** Since when a server reads a value type; for servers too old to be asked without leaving a trace. */
const typesSince: readonly [version: number, types: readonly number[]][] = [
  [30_200, [14]],
  [40_000, [5, 7]],
  [50_000, [15]],
  [70_000, [16, 17, 18, 19]],
  [70_200, [20, 21]],
];

/**
 * Finds out which value types a target cannot read.
 *
 * Asks with a time to live that has passed: a server that reads the type answers OK and keeps nothing, one that does not
 * answers an error; no key and no keyspace event comes of it.
 */
export async function probeTypes(
  connection: TargetLink,
  profile: TargetProfile,
  unusedKey: string,
): Promise<Set<number>> {
  if (profile.redisVersion < 50_000) return new Set(tooNew(profile.redisVersion));
  const payloads = [...probePayloads(profile.product === 'valkey' ? 'VALKEY' : 'REDIS')];
  const replies = await connection.pipeline(
    payloads.map(([, payload]) => ['RESTORE', unusedKey, 1, payload, 'ABSTTL']),
  );
  const refused = new Set<number>();
  replies.forEach((reply, index) => {
    if (!(reply instanceof ReplyError)) return;
    if (!/^ERR (Bad data format|DUMP payload)/.test(reply.message)) throw connection.classify(reply, 'RESTORE');
    refused.add(payloads[index]?.[0] ?? -1);
  });
  return refused;
}

function tooNew(version: number): number[] {
  return typesSince.flatMap(([since, types]) => (version < since ? types : []));
}
