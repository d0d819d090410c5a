import type { ShipDeps } from './ship-deps.ts';

/**
 * Whether rules look at values, so that commands of the stream tell only which keys have changed: each of them is then
 * brought to what the source has, judged by the rules.
 */
export const followsValues = ({ rules, mode }: Pick<ShipDeps, 'rules' | 'mode'>): boolean =>
  mode === 'sync' && rules?.hasValues === true;
