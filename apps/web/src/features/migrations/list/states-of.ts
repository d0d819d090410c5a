import type { MigrationState } from '@cacheferry/contract';
import type { StateFilter } from '../../../app/search-schema.ts';

const groups: Record<StateFilter, readonly MigrationState[]> = {
  running: ['queued', 'starting', 'full_sync', 'incremental_sync', 'cutting_over', 'stopping'],
  attention: ['draft', 'paused', 'failed', 'lost'],
  failed: ['failed'],
  done: ['completed', 'stopped'],
};

/** The states that a saved filter stands for, as the API takes them. */
export function statesOf(filter: StateFilter | undefined): string | undefined {
  return filter && groups[filter].join(',');
}
