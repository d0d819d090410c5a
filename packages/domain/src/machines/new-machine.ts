import type { Context } from '../context.ts';
import type { MachineRecord } from '../store/places.ts';

const usualSlots = 4;

/** A machine that nothing is known of yet; its first probe is asked for at once. */
export function newMachine(
  ctx: Pick<Context, 'clock' | 'newId'>,
  given: Pick<MachineRecord, 'name' | 'kind'> & { [name in keyof MachineRecord]?: MachineRecord[name] | undefined },
): MachineRecord {
  const now = new Date(ctx.clock.now());
  const blank: MachineRecord = {
    id: ctx.newId(),
    name: given.name,
    kind: given.kind,
    host: null,
    port: null,
    username: null,
    authKind: null,
    labels: [],
    workDir: null,
    slots: usualSlots,
    state: given.kind === 'local' ? 'ready' : 'untrusted',
    isDraining: false,
    trustedHostKey: null,
    seenHostKey: null,
    facts: null,
    factsAt: null,
    engine: null,
    problem: null,
    probeAskedAt: now,
    installAskedAt: null,
    probedAt: null,
    createdAt: now,
    updatedAt: now,
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.assign(blank, Object.fromEntries(set));
}
