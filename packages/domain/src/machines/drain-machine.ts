import type { DrainInput, Machine } from '@cacheferry/contract';
import type { Context } from '../context.ts';
import { changeMachine } from './change-machine.ts';

/** Lets a machine take no new work, or take it again; what runs there goes on. */
export async function drainMachine(ctx: Context, id: string, { isDraining }: DrainInput): Promise<Machine> {
  return changeMachine(ctx, { id, action: 'machine.drain', needs: 'admin' }, (_machine, { describe }) => {
    describe({ detail: { isDraining } });
    return { isDraining };
  });
}
