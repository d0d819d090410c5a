import type { PreflightRow } from '@cacheferry/contract';

/** What tells rows apart. */
export function rowKey({ id, scope, machineId }: Pick<PreflightRow, 'id' | 'scope' | 'machineId'>): string {
  return [id, scope, machineId].filter(Boolean).join(' ');
}
