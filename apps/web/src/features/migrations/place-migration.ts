import type { Migration } from '@cacheferry/contract';
import type { QueryClient } from '@tanstack/react-query';
import { migrationKeys } from './keys.ts';

type Page = { items: Migration[]; nextCursor: string | null; total: number };

const lastStates = new WeakMap<QueryClient, Map<string, string>>();

/**
 * Puts a migration that came by the stream or by an answer where it is shown. An older one than is known is dropped.
 *
 * Returns `moved` when its state or name is new, so that lists, their order and their counts have to be read again.
 */
export function placeMigration(queryClient: QueryClient, next: Migration): 'moved' | 'same' | 'older' {
  const known = queryClient.getQueryData<Migration>(migrationKeys.one(next.id));
  if (known && known.updatedAt > next.updatedAt) return 'older';
  queryClient.setQueryData(migrationKeys.one(next.id), next);
  queryClient.setQueriesData<Page>({ queryKey: migrationKeys.lists }, (page) => page && withMigration(page, next));
  const states = lastStates.get(queryClient) ?? new Map<string, string>();
  lastStates.set(queryClient, states);
  const mark = `${next.state} ${next.name}`;
  const isMoved = states.get(next.id) !== mark;
  states.set(next.id, mark);
  return isMoved ? 'moved' : 'same';
}

function withMigration(page: Page, next: Migration): Page {
  const at = page.items.findIndex((one) => one.id === next.id);
  const known = page.items[at];
  if (!known || known.updatedAt > next.updatedAt) return page;
  return { ...page, items: page.items.with(at, next) };
}
