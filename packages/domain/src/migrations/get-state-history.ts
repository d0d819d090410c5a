import { migrationStates, type StateChange, type StoredEvent } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';

/** Every change of a migration's state, oldest first. */
export async function getStateHistory(ctx: Context, id: string): Promise<StateChange[]> {
  authorise(ctx, 'viewer');
  found(await ctx.store.migrations.find(id), 'migration');
  return (await ctx.store.events.ofType(id, ['state'])).flatMap(stateChange);
}

/** A stored event as a change of state; nothing for one that is none. */
export function stateChange(event: StoredEvent): StateChange[] {
  const known = (state: unknown) => migrationStates.find((one) => one === state) ?? null;
  const to = known(event.to);
  if (event.id === null || to === null) return [];
  const reason = typeof event.reason === 'string' ? event.reason : null;
  const { id, at } = event;
  return [{ id, at, from: known(event.from), to, event: String(event.event), by: String(event.by), reason }];
}
