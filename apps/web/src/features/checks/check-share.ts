import type { Check } from '@cacheferry/contract';

/** The share of the keys compared in the present round; 1 only when the check has its verdict. */
export function checkShare({ state, snapshot }: Pick<Check, 'state' | 'snapshot'>): number | null {
  if (state === 'consistent' || state === 'inconsistent') return 1;
  if (state === 'queued') return 0;
  if (!snapshot || snapshot.keysTotal === null || snapshot.keysTotal === 0) return null;
  return Math.min(0.999, snapshot.keysCompared / snapshot.keysTotal);
}
