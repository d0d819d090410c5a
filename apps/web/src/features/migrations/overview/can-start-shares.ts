import type { Migration } from '@cacheferry/contract';

const atWork: readonly Migration['state'][] = ['starting', 'full_sync', 'incremental_sync', 'paused'];

/** Whether a share has ended before its time while the others go on: it alone is started again. */
export function canStartShares({ state, shares }: Pick<Migration, 'state' | 'shares'>): boolean {
  return atWork.includes(state) && shares.some((share) => share.state === 'failed' || share.state === 'stopped');
}
