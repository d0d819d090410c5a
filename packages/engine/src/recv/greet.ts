import { FerryError } from '@cacheferry/kernel';
import { type Connection, infoCount, infoField, type Reply, ReplyError } from '@cacheferry/resp';

/** What a source says about itself, as far as it lets us ask. */
export type SourceInfo = {
  /** `redis` or `valkey`, and its own version: `[8, 0, 1]`; null when it does not say. */
  product: string | null;
  version: readonly number[] | null;
  isReplica: boolean;
  /** False only when it is a replica whose link is down. */
  isLinkUp: boolean;
  usedMemoryBytes: number | null;
  /** Offset it has produced; null when it does not say. */
  replicationOffset: number | null;
};

/**
 * Gets ready for PSYNC on a signed-in connection: asks who is there and announces what we understand.
 *
 * `eof` is always announced: a server that may choose sends its RDB straight from memory. A Valkey ≥ 9 is told a version,
 * or it would write an older RDB without the TTLs of hash fields. No port is announced, so that no Sentinel takes us for
 * a replica to be promoted.
 */
export async function greetSource(connection: Connection): Promise<SourceInfo> {
  const [text] = await connection.pipeline([['INFO']]);
  const info = readInfo(text ?? null);
  const announce: string[][] = [['REPLCONF', 'capa', 'eof', 'capa', 'psync2']];
  if (info.product === 'valkey' && (info.version?.[0] ?? 0) >= 9) announce.push(['REPLCONF', 'version', '9.0.0']);
  const replies = await connection.pipeline(announce);
  for (const reply of replies) refuseIfForbidden(reply, connection);
  return info;
}

/** Reads INFO; a source that refuses it, or answers something else, is taken as it comes. */
export function readInfo(reply: Reply): SourceInfo {
  const valkey = infoField(reply, 'valkey_version');
  const version = valkey ?? infoField(reply, 'redis_version');
  return {
    product: valkey ? 'valkey' : version ? 'redis' : null,
    version: version ? version.split('.').map((part) => Number.parseInt(part, 10) || 0) : null,
    isReplica: infoField(reply, 'role') === 'slave',
    isLinkUp: infoField(reply, 'master_link_status') !== 'down',
    usedMemoryBytes: infoCount(reply, 'used_memory'),
    replicationOffset: infoCount(reply, 'master_repl_offset') ?? infoCount(reply, 'slave_repl_offset'),
  };
}

/** Only a missing right matters: servers that do not know REPLCONF, or one of its words, answer with an error and go on. */
function refuseIfForbidden(reply: Reply, connection: Connection): void {
  if (!(reply instanceof ReplyError) || reply.prefix !== 'NOPERM') return;
  const { user } = connection.classify(reply, 'REPLCONF').facts;
  throw new FerryError('source.psync_refused', {
    endpoint: connection.endpoint,
    user: user ?? 'default',
    reason: 'the user may not run REPLCONF',
  });
}
