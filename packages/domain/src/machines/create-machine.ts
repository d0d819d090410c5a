import type { Machine, MachineInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { machineView } from './machine-view.ts';
import { newMachine } from './new-machine.ts';

/** Adds a machine that is reached by SSH, and has its host key read. Throws `request.duplicate_name`. */
export async function createMachine(ctx: Context, input: MachineInput): Promise<Machine> {
  const intent = { needs: 'admin', action: 'machine.create', objectKind: 'machine' } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    if (input.kind === 'local') throw new FerryError('machine.only_one_local');
    const { auth, ...address } = input;
    const machine = newMachine(ctx, { ...address, authKind: auth.kind });
    describe({ objectId: machine.id, objectName: machine.name, detail: { ...address, authKind: auth.kind } });
    await tx.machines.insert(machine, auth);
    await tx.notify({ kind: 'machine', id: machine.id });
    ring({ kind: 'machine', id: machine.id });
    return machineView(machine, new Map());
  });
}
