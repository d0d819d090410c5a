import type { Machine } from '@cacheferry/contract';
import type { MachineRecord } from '../store/places.ts';

/** A machine as the API shows one. `running`: runs and preflights at work on each machine. */
export function machineView(machine: MachineRecord, running: ReadonlyMap<string, number>): Machine {
  return {
    id: machine.id,
    name: machine.name,
    kind: machine.kind,
    host: machine.host,
    port: machine.port,
    username: machine.username,
    authKind: machine.authKind,
    labels: machine.labels,
    workDir: machine.workDir,
    slots: machine.slots,
    running: running.get(machine.id) ?? 0,
    state: machine.state,
    isDraining: machine.isDraining,
    trustedHostKey: machine.trustedHostKey,
    seenHostKey: machine.seenHostKey,
    facts: machine.facts,
    factsAt: machine.factsAt?.toISOString() ?? null,
    engine: machine.engine,
    problem: machine.problem,
    createdAt: machine.createdAt.toISOString(),
    updatedAt: machine.updatedAt.toISOString(),
  };
}
