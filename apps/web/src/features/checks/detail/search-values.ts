import type { ConflictClass } from '@cacheferry/contract';
import type { ListSearchValues } from '../../../app/use-list-search.ts';

/** What of the list of conflicts stands in the address. */
export type ConflictSearchValues = ListSearchValues & {
  class?: ConflictClass | undefined;
  db?: number | undefined;
  type?: string | undefined;
  conflict?: string | undefined;
};
