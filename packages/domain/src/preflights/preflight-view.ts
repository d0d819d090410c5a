import type { Preflight } from '@cacheferry/contract';
import type { PreflightRecord } from '../store/work.ts';

/** A preflight as the API shows one. `ok` is true only for one that has ended well. */
export function preflightView(preflight: PreflightRecord): Preflight {
  return {
    ...preflight,
    ok: preflight.state === 'done' && preflight.report?.ok === true,
    createdAt: preflight.createdAt.toISOString(),
    finishedAt: preflight.finishedAt?.toISOString() ?? null,
  };
}
