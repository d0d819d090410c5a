import type { Machine } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { machineView } from './machine-view.ts';

/** One machine. */
export async function getMachine(ctx: Context, id: string): Promise<Machine> {
  authorise(ctx, 'viewer');
  const machine = found(await ctx.store.machines.find(id), 'machine');
  return machineView(machine, await ctx.store.machines.countRunning([id]));
}
