import type { Machine } from '@cacheferry/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { machineKeys } from './keys.ts';

/** One request about a machine; its answer is shown at once, lists are read anew. */
export function useMachineAction<V = void>(work: (value: V) => Promise<Machine>, onDone?: (machine: Machine) => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (machine) => {
      queryClient.setQueryData(machineKeys.one(machine.id), machine);
      void queryClient.invalidateQueries({ queryKey: [...machineKeys.all, 'list'] });
      onDone?.(machine);
    },
  });
}
