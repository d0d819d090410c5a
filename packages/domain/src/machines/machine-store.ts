import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { Lease, MachineStore } from '../runs/ports.ts';
import type { Transaction } from '../store/index.ts';
import type { LeaseKind } from '../store/runs.ts';
import type { MachineFieldChange } from './change-machine.ts';
import { machineContact } from './machine-contact.ts';
import { probeChange } from './record-probe.ts';
import type { MachineRecord } from '../store/places.ts';

/** The supervisor's side of machines. */
export function createMachineStore(ctx: Context, options: { localWorkDir: string }): MachineStore {
  const { store, clock } = ctx;
  const record = (kind: LeaseKind, lease: Lease, change: (machine: MachineRecord, now: Date) => MachineFieldChange) =>
    store.transaction(async (tx) => {
      await hold(tx, kind, lease);
      const machine = found(await tx.machines.lock(lease.id), 'machine');
      const now = new Date(clock.now());
      await tx.machines.update(lease.id, { ...change(machine, now), updatedAt: now });
      await tx.leases.release(kind, lease);
      await tx.notify({ kind: 'machine', id: lease.id });
    });
  return {
    findDue: (limit) => store.machines.findDue(limit),
    claim: ({ machineId, task }, owner, leaseMs) => store.leases.claim(task, machineId, owner, leaseMs),
    contact: (machineId) => machineContact(store, machineId, options.localWorkDir),
    recordProbe: (lease, result) => record('probe', lease, (machine, now) => probeChange(machine, result, now)),
    recordInstall: (lease, { engine, problem }) =>
      record('install', lease, (machine) => ({ engine: engine ?? machine.engine, problem, installAskedAt: null })),
    renew: async ({ task }, lease, leaseMs) => void (await store.leases.renew(task, lease, leaseMs)),
    release: ({ task }, lease) => store.leases.release(task, lease),
  };
}

/** Throws `run.lease_lost` unless the lease is held, which it then is until the transaction ends. */
export async function hold(tx: Pick<Transaction, 'leases'>, kind: LeaseKind, lease: Lease): Promise<void> {
  if (!(await tx.leases.hold(kind, lease))) throw new FerryError('run.lease_lost', { id: lease.id });
}
