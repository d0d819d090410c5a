import type { Machine } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { changeMachine } from './change-machine.ts';

/** Asks for the engine to be put there; `engine` or `problem` follow. Throws `machine.untrusted`. */
export async function installMachine(ctx: Context, id: string): Promise<Machine> {
  return changeMachine(ctx, { id, action: 'machine.install', needs: 'admin' }, (machine, { ring }, now) => {
    if (machine.kind === 'ssh' && !machine.trustedHostKey)
      throw new FerryError('machine.untrusted', { name: machine.name });
    ring({ kind: 'machine', id });
    return { installAskedAt: now };
  });
}
