import type { Machine } from '@cacheferry/contract';
import { type Act, act } from '../act.ts';
import type { Needed } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { MachineRecord } from '../store/places.ts';
import { machineView } from './machine-view.ts';

export type MachineFieldChange = Partial<Omit<MachineRecord, 'id'>>;

/** One change of a machine by an administrator or the supervisor: locked, changed, told, answered. */
export function changeMachine(
  ctx: Context,
  intent: { id: string; action: string; needs: Needed },
  change: (machine: MachineRecord, act: Act, now: Date) => MachineFieldChange,
): Promise<Machine> {
  const { id, action, needs } = intent;
  return act(ctx, { needs, action, objectKind: 'machine', objectId: id }, async (frame) => {
    const { tx, describe } = frame;
    const machine = found(await tx.machines.lock(id), 'machine');
    describe({ objectName: machine.name });
    const now = new Date(ctx.clock.now());
    const saved = await tx.machines.update(id, { ...change(machine, frame, now), updatedAt: now });
    await tx.notify({ kind: 'machine', id });
    return machineView(saved, await tx.machines.countRunning([id]));
  });
}
