import { type Check, type CheckMode, isCheckEnded } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { queueCheck } from './create-check.ts';

/**
 * Starts a new full check of the same scope that copies what differs from source to target, and answers it. Where only
 * names or lengths were compared, the new one compares whole values.
 *
 * Throws `check.not_ended`, and the codes of `createCheck`.
 */
export async function repairCheck(ctx: Context, id: string): Promise<Check> {
  const intent = { needs: 'operator', action: 'check.repair', objectKind: 'check', objectId: id } as const;
  return act(ctx, intent, async (frame) => {
    const { state, migrationId, options, conflicts } = found(await frame.tx.checks.find(id), 'check');
    if (!isCheckEnded(state)) throw new FerryError('check.not_ended', { state });
    // What only the target has is deleted by a repair.
    if ((conflicts.extra ?? 0) > 0) authorise(ctx, 'admin');
    return queueCheck(ctx, frame, migrationId, { ...options, mode: deepMode(options.mode), repair: true });
  });
}

/** Only a check that reads whole values has what a repair writes. */
const deepMode = (mode: CheckMode): CheckMode => (mode === 'keys' || mode === 'length' ? 'full' : mode);
