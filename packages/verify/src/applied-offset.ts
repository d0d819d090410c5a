import { type Command, infoCount, infoField, type Reply, ReplyError } from '@cacheferry/resp';

/** Where a migration stands by its checkpoint on the target. */
export type Applied = { replicationId: string; offset: number };

/** A source's place in its own history. */
export type SourcePlace = { ids: readonly string[]; offset: number };

/** The command that reads a task's checkpoint; run it in database 0. */
export function checkpointCommand(key: string): Command {
  return ['HVALS', key];
}

/**
 * What of a source's stream a target contains, from the values of the checkpoint hash; null while there is no migration
 * that follows it. Spec: the engine's checkpoint text begins `replid:at:db:phase:`.
 */
export function appliedFrom(reply: Reply | undefined): Applied | null {
  if (!Array.isArray(reply) || reply instanceof ReplyError) return null;
  for (const value of reply) {
    const found = /^([0-9a-zA-Z]{40}):(\d{1,16}):\d+:stream:/.exec(String(value));
    if (found) return { replicationId: found[1] ?? '', offset: Number(found[2]) };
  }
  return null;
}

/** Ids and offset of a source from INFO replication. */
export function placeFrom(info: string): SourcePlace {
  const ids = ['master_replid', 'master_replid2'].map((name) => infoField(info, name) ?? '');
  return { ids, offset: infoCount(info, 'master_repl_offset') ?? 0 };
}

/** Whether a checkpoint speaks of this source's history. */
export function isOf(applied: Applied | null, place: SourcePlace): applied is Applied {
  return applied !== null && place.ids.includes(applied.replicationId);
}
