import { MigrationOptions, type Preflight, type PreflightInput } from '@cacheferry/contract';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { checkPair, readEnd } from '../endpoints/read-end.ts';
import { findWorkplace } from '../machines/find-workplace.ts';
import type { PreflightRecord } from '../store/work.ts';
import { preflightView } from './preflight-view.ts';

/**
 * Has a machine run every check of these endpoints and options, or several machines one after the other; their rows follow.
 *
 * Throws `endpoint.invalid`, `endpoint.family_mismatch`, `machine.not_found`, `machine.draining`, `machine.untrusted`.
 */
export async function createPreflight(ctx: Context, input: PreflightInput): Promise<Preflight> {
  const intent = { needs: 'operator', action: 'preflight.create', objectKind: 'preflight' } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    const source = await readEnd(tx, input.source);
    const target = await readEnd(tx, input.target);
    checkPair(source.end.url, target.end.url);
    const machineIds = [...new Set([input.machineId, ...(input.moreMachineIds ?? [])])];
    for (const machineId of machineIds) await findWorkplace(tx, machineId);
    const asked = {
      state: 'queued',
      source: source.end,
      target: target.end,
      mode: input.mode,
      options: input.options ?? MigrationOptions.parse({}),
      rows: [],
      report: null,
      problem: null,
      createdAt: new Date(ctx.clock.now()),
      finishedAt: null,
    } as const;
    const leaderId = ctx.newId();
    const [first, ...more] = machineIds.map((machineId, at): PreflightRecord => {
      const own = at === 0 ? { id: leaderId, leaderId: null } : { id: ctx.newId(), leaderId };
      return { ...asked, ...own, rows: [], machineId };
    }) as [PreflightRecord, ...PreflightRecord[]];
    describe({ objectId: leaderId, detail: { source: source.end.url, target: target.end.url, machineIds } });
    for (const preflight of [first, ...more]) {
      await tx.preflights.insert(preflight, { source: source.secrets, target: target.secrets });
    }
    ring({ kind: 'preflight', id: leaderId });
    return preflightView([first, ...more]);
  });
}
