import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { beginLaunch } from './begin-launch.ts';
import { claimRun } from './claim-run.ts';
import { listCommands, markDelivered } from './deliver-commands.ts';
import { markContact, markLost } from './mark-contact.ts';
import { markEnded } from './mark-ended.ts';
import type { RunStore } from './ports.ts';
import { recordDeath } from './record-death.ts';
import { recordEvents } from './record-events.ts';
import { runRecord } from './run-record.ts';
import { move } from './subject.ts';
import { changeRun } from './with-run.ts';

/** The supervisor's side of runs. `ctx` acts for the system. */
export function createRunStore(ctx: Context): RunStore {
  const { store } = ctx;
  return {
    findUnattended: (limit) => store.runs.findUnattended(limit),
    claim: (id, owner, leaseMs) => claimRun(ctx, id, owner, leaseMs),
    renew: async (lease, leaseMs) => {
      const isHeld = await store.leases.renew('run', lease, leaseMs);
      const run = isHeld ? await store.runs.find(lease.id) : null;
      if (!run || run.phase === 'ended') throw new FerryError('run.lease_lost', { id: lease.id });
      return runRecord(run);
    },
    release: (lease) => store.leases.release('run', lease),
    beginLaunch: (lease, launch) => beginLaunch(ctx, lease, launch),
    markLaunched: (lease, { pid }) =>
      changeRun(ctx, lease, ({ subject, change, now }) => {
        Object.assign(change, { pid, phase: 'launched', lastContactAt: new Date(now) });
        move(subject, 'launch', { by: 'supervisor', name: 'supervisor', at: now });
      }),
    recordEvents: (lease, events) => recordEvents(ctx, lease, events),
    markLost: (lease, reason) => markLost(ctx, lease, reason),
    markContact: (lease, snapshot) => markContact(ctx, lease, snapshot),
    recordDeath: (lease, death) => recordDeath(ctx, lease, death),
    markEnded: (lease, end) => markEnded(ctx, lease, end),
    listCommands: (lease) => listCommands(ctx, lease),
    markDelivered: (lease, id, refusal) => markDelivered(ctx, lease, id, refusal),
  };
}
