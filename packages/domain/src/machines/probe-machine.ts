import type { Machine } from '@cacheferry/contract';
import type { Context } from '../context.ts';
import { changeMachine } from './change-machine.ts';

/** Asks for a probe; the machine's state and facts follow when it was made. */
export async function probeMachine(ctx: Context, id: string): Promise<Machine> {
  return changeMachine(ctx, { id, action: 'machine.probe', needs: 'admin' }, (_machine, { ring }, now) => {
    ring({ kind: 'machine', id });
    return { probeAskedAt: now };
  });
}
