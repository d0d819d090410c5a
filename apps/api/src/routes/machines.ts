import { DrainInput, ListQuery, Machine, MachineChange, MachineInput, pageOf, TrustInput } from '@cacheferry/contract';
import {
  createMachine,
  deleteMachine,
  drainMachine,
  getMachine,
  installMachine,
  listMachines,
  probeMachine,
  trustMachine,
  updateMachine,
} from '@cacheferry/domain';
import { json, nothing, type Route, route } from '../http/route.ts';
import { ById, NoFields } from './shapes.ts';

const tag = 'Machines';

/** The hosts that run migrations. */
export const machineRoutes: readonly Route[] = [
  route('GET /machines', {
    needs: 'viewer',
    tag,
    summary: 'List machines',
    query: ListQuery,
    answer: json(pageOf(Machine), 'MachinePage'),
    handle: ({ ctx, query }) => listMachines(ctx, query),
  }),
  route('POST /machines', {
    needs: 'admin',
    tag,
    summary: 'Add a machine; its host key is read and waits to be trusted',
    body: MachineInput,
    answer: json(Machine, 'Machine', 201),
    handle: ({ ctx, body }) => createMachine(ctx, body),
  }),
  route('GET /machines/:id', {
    needs: 'viewer',
    tag,
    summary: 'One machine',
    params: ById,
    answer: json(Machine, 'Machine'),
    handle: ({ ctx, params }) => getMachine(ctx, params.id),
  }),
  route('PATCH /machines/:id', {
    needs: 'admin',
    tag,
    summary: 'Change a machine',
    params: ById,
    body: MachineChange,
    answer: json(Machine, 'Machine'),
    handle: ({ ctx, params, body }) => updateMachine(ctx, params.id, body),
  }),
  route('DELETE /machines/:id', {
    needs: 'admin',
    tag,
    summary: 'Remove a machine that runs nothing',
    params: ById,
    answer: nothing,
    handle: ({ ctx, params }) => deleteMachine(ctx, params.id),
  }),
  route('POST /machines/:id/probe', {
    needs: 'admin',
    tag,
    summary: 'Read host key and facts of a machine again',
    params: ById,
    body: NoFields,
    answer: json(Machine, 'Machine', 202),
    handle: ({ ctx, params }) => probeMachine(ctx, params.id),
  }),
  route('POST /machines/:id/trust', {
    needs: 'admin',
    tag,
    summary: 'Confirm that this fingerprint is the machine’s',
    params: ById,
    body: TrustInput,
    answer: json(Machine, 'Machine'),
    handle: ({ ctx, params, body }) => trustMachine(ctx, params.id, body),
  }),
  route('POST /machines/:id/install', {
    needs: 'admin',
    tag,
    summary: 'Put the engine on a machine',
    params: ById,
    body: NoFields,
    answer: json(Machine, 'Machine', 202),
    handle: ({ ctx, params }) => installMachine(ctx, params.id),
  }),
  route('POST /machines/:id/drain', {
    needs: 'admin',
    tag,
    summary: 'Start nothing new on a machine, or do so again',
    params: ById,
    body: DrainInput,
    answer: json(Machine, 'Machine'),
    handle: ({ ctx, params, body }) => drainMachine(ctx, params.id, body),
  }),
];
