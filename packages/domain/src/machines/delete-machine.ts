import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { refuseInUse } from './update-machine.ts';

/** Removes a machine from the list; nothing is deleted on it. Throws `machine.in_use`, `machine.local_stays`. */
export async function deleteMachine(ctx: Context, id: string): Promise<void> {
  const intent = { needs: 'admin', action: 'machine.delete', objectKind: 'machine', objectId: id } as const;
  await act(ctx, intent, async ({ tx, describe }) => {
    const machine = found(await tx.machines.lock(id), 'machine');
    describe({ objectName: machine.name, detail: { host: machine.host } });
    if (machine.kind === 'local') throw new FerryError('machine.local_stays');
    await refuseInUse(tx, machine);
    await tx.machines.delete(id);
    await tx.notify({ kind: 'removed', of: 'machine', id });
  });
}
