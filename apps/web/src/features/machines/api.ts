import { Machine, type MachineChange, type MachineInput, pageOf } from '@cacheferry/contract';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { queryString, request, sendOnly } from '../../app/http/request.ts';
import { machineKeys } from './keys.ts';

const MachinePage = pageOf(Machine);

export type MachineListParams = {
  q?: string | undefined;
  cursor?: string | undefined;
  limit?: number | undefined;
  sort?: string | undefined;
};

/** One page of machines. */
export const machinesQuery = (params: MachineListParams) =>
  queryOptions({
    queryKey: [...machineKeys.all, 'list', params],
    queryFn: ({ signal }) => request(MachinePage, `/machines${queryString(params)}`, { signal }),
    placeholderData: keepPreviousData,
  });

/** One machine. */
export const machineQuery = (id: string) =>
  queryOptions({
    queryKey: machineKeys.one(id),
    queryFn: ({ signal }) => request(Machine, `/machines/${id}`, { signal }),
  });

export const createMachine = (body: MachineInput, idempotencyKey: string): Promise<Machine> =>
  request(Machine, '/machines', { method: 'POST', body, idempotencyKey });

export const changeMachine = (id: string, body: MachineChange): Promise<Machine> =>
  request(Machine, `/machines/${id}`, { method: 'PATCH', body });

export const removeMachine = (id: string): Promise<void> => sendOnly(`/machines/${id}`, { method: 'DELETE' });

const post = (id: string, verb: string, body: object = {}): Promise<Machine> =>
  request(Machine, `/machines/${id}/${verb}`, { method: 'POST', body });

export const probeMachine = (id: string): Promise<Machine> => post(id, 'probe');
export const installMachine = (id: string): Promise<Machine> => post(id, 'install');
export const trustMachine = (id: string, fingerprint: string): Promise<Machine> => post(id, 'trust', { fingerprint });
export const drainMachine = (id: string, isDraining: boolean): Promise<Machine> => post(id, 'drain', { isDraining });
