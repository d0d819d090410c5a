import { useQuery } from '@tanstack/react-query';
import { machinesQuery } from './api.ts';

/** The names of machines, in the order of their ids; the beginning of the id until the name is known. */
export function useMachineNames(ids: string[]): string[] {
  const { data } = useQuery(machinesQuery({ limit: 200 }));
  return ids.map((id) => data?.items.find((machine) => machine.id === id)?.name ?? id.slice(0, 8));
}
