import type { Machine } from '@cacheferry/contract';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { machineView } from './machine-view.ts';
import { newMachine } from './new-machine.ts';

/** "This machine", where the control plane runs: it is there from the first start on. */
export async function ensureLocalMachine(ctx: Context): Promise<Machine> {
  const known = await ctx.store.machines.findLocal();
  if (known) return machineView(known, await ctx.store.machines.countRunning([known.id]));
  const intent = { needs: 'system', action: 'machine.create', objectKind: 'machine' } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    await tx.audit.lockEnd();
    const machine = (await tx.machines.findLocal()) ?? newMachine(ctx, { name: 'This machine', kind: 'local' });
    describe({ objectId: machine.id, objectName: machine.name });
    if (!(await tx.machines.find(machine.id))) await tx.machines.insert(machine, null);
    ring({ kind: 'machine', id: machine.id });
    return machineView(machine, new Map());
  });
}
