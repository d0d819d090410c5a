import type { CheckOptionsInput } from '@cacheferry/contract';

/** The fields of the form, times in seconds. */
export type CheckForm = {
  mode: 'full' | 'length' | 'keys' | 'sample';
  sample: number;
  rounds: number;
  intervalSeconds: number;
  ttlSeconds: number;
  rateKeys: number;
};

export const defaultCheck: CheckForm = {
  mode: 'full',
  sample: 100_000,
  rounds: 3,
  intervalSeconds: 2,
  ttlSeconds: 1,
  rateKeys: 0,
};

/** The fields as the API takes them. */
export function optionsOf({
  mode,
  sample,
  rounds,
  intervalSeconds,
  ttlSeconds,
  rateKeys,
}: CheckForm): CheckOptionsInput {
  return {
    mode: mode === 'sample' ? `sample:${sample}` : mode,
    rounds,
    intervalMs: Math.round(intervalSeconds * 1000),
    ttlToleranceMs: Math.round(ttlSeconds * 1000),
    rateKeys,
  };
}
