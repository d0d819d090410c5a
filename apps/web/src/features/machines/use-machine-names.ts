import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { machinesQuery } from './api.ts';
import { machineName } from './machine-name.ts';

/** The names of machines, in the order of their ids; the beginning of the id until the name is known. */
export function useMachineNames(ids: string[]): string[] {
  const { t } = useTranslation();
  const { data } = useQuery(machinesQuery({ limit: 200 }));
  return ids.map((id) => {
    const machine = data?.items.find((one) => one.id === id);
    return machine ? machineName(machine, t) : id.slice(0, 8);
  });
}
