import type { Migration } from '@cacheferry/contract';
import { useSuspenseQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { migrationQuery } from './api.ts';

/** The migration that the page around a tab shows. */
export function useMigration(): Migration {
  const { id } = useParams({ from: '/shell/migrations/$id' });
  return useSuspenseQuery(migrationQuery(id)).data;
}
