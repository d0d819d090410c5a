import { Conflict, roleIncludes, type StoredConflict, type StoredEvent } from '@cacheferry/contract';
import type { Context } from '../context.ts';
import { readSettings } from '../settings/read-settings.ts';

/** What of a conflict an actor may see: values are for operators, key names too where the settings say so. */
export type Sight = { keys: boolean; values: boolean };

/** What the actor of a request may see of conflicts. */
export async function sightOf(ctx: Context): Promise<Sight> {
  const { actor, store } = ctx;
  if (actor.kind !== 'user' || roleIncludes(actor.role, 'operator')) return { keys: true, values: true };
  const { viewersSeeKeys } = await readSettings(store);
  return { keys: viewersSeeKeys, values: false };
}

/** A conflict without what may not be seen: hidden texts are empty or null. */
export function hideConflict<C extends Conflict>(conflict: C, sight: Sight): C {
  if (sight.keys && sight.values) return conflict;
  const side = (one: C['source']) => one && { ...one, value: null };
  const { differences, ...detail } = conflict.detail;
  const shown = differences?.map(({ at }) => ({ at: sight.keys ? at : '', source: null, target: null }));
  return {
    ...conflict,
    key: sight.keys ? conflict.key : '',
    detail: shown ? { ...detail, differences: shown } : detail,
    source: side(conflict.source),
    target: side(conflict.target),
  };
}

/** Conflicts among events, without what may not be seen. */
export async function hideInEvents(ctx: Context, events: StoredEvent[]): Promise<StoredEvent[]> {
  if (!events.some(({ type }) => type === 'conflict')) return events;
  const sight = await sightOf(ctx);
  return events.map((event) => {
    if (event.type !== 'conflict') return event;
    const read = Conflict.safeParse(event.conflict);
    return { ...event, conflict: read.success ? hideConflict(read.data, sight) : null };
  });
}

/** Conflicts as the API shows them to this actor. */
export function hideIn(sight: Sight): (conflict: StoredConflict) => StoredConflict {
  return (conflict) => hideConflict(conflict, sight);
}
