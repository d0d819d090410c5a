import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { endpointsQuery } from '../../features/endpoints/api.ts';
import { machinesQuery } from '../../features/machines/api.ts';
import { migrationsQuery } from '../../features/migrations/api.ts';

export type Found = { kind: 'migration' | 'machine' | 'endpoint'; name: string; to: string };

const limit = 6;

/** What the text names, searched by the server; nothing until something was typed. */
export function useFound(text: string): { found: Found[]; isSearching: boolean } {
  const [q] = useDebouncedValue(text.trim(), 150);
  const enabled = q !== '';
  const options = { enabled, placeholderData: keepPreviousData };
  const [migrations, machines, endpoints] = useQueries({
    queries: [
      { ...migrationsQuery({ q, limit }), ...options },
      { ...machinesQuery({ q, limit }), ...options },
      { ...endpointsQuery({ q, limit }), ...options },
    ],
  });
  if (!enabled) return { found: [], isSearching: text.trim() !== '' };
  const items = <T extends { id: string; name: string }>(
    list: { items: T[] } | undefined,
    kind: Found['kind'],
  ): Found[] => (list?.items ?? []).map(({ id, name }) => ({ kind, name, to: `/${kind}s/${id}` }));
  return {
    found: [
      ...items(migrations.data, 'migration'),
      ...items(machines.data, 'machine'),
      ...items(endpoints.data, 'endpoint'),
    ],
    isSearching: migrations.isFetching || machines.isFetching || endpoints.isFetching,
  };
}
