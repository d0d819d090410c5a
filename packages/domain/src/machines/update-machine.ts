import type { Machine, MachineChange } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import { changes } from '../audit/write-audit.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { Repositories } from '../store/index.ts';
import type { MachineRecord } from '../store/places.ts';
import { machineView } from './machine-view.ts';

/**
 * Changes a machine. Another address is another machine: its host key must be confirmed anew, and it may not change
 * while work runs there.
 *
 * Throws `machine.in_use`, `machine.local_fixed`, `request.duplicate_name`.
 */
export async function updateMachine(ctx: Context, id: string, change: MachineChange): Promise<Machine> {
  const intent = { needs: 'admin', action: 'machine.update', objectKind: 'machine', objectId: id } as const;
  return act(ctx, intent, async ({ tx, describe, ring }) => {
    const before = found(await tx.machines.lock(id), 'machine');
    const { auth, ...fields } = change;
    const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
    describe({ objectName: before.name, detail: { ...changes(before, given), hasNewLogin: auth !== undefined } });
    refuseForLocal(before, change);
    const isMoved = differs(before.host, change.host) || differs(before.port, change.port);
    if (isMoved) await refuseInUse(tx, before);
    const now = new Date(ctx.clock.now());
    const isLoginNew = isMoved || auth !== undefined || differs(before.username, change.username);
    const saved = await tx.machines.update(
      id,
      {
        ...given,
        ...(isMoved ? { trustedHostKey: null, seenHostKey: null, facts: null, factsAt: null, engine: null } : {}),
        ...(isLoginNew ? { state: stateAfter(before, isMoved), problem: null, probeAskedAt: now } : {}),
        ...(auth ? { authKind: auth.kind } : {}),
        updatedAt: now,
      },
      auth,
    );
    await tx.notify({ kind: 'machine', id });
    if (isLoginNew) ring({ kind: 'machine', id });
    return machineView(saved, await tx.machines.countRunning([id]));
  });
}

const differs = <T>(before: T, given: T | undefined): boolean => given !== undefined && given !== before;

const stateAfter = (machine: MachineRecord, isMoved: boolean): MachineRecord['state'] =>
  isMoved || !machine.trustedHostKey ? 'untrusted' : machine.state === 'host_key_changed' ? machine.state : 'unknown';

function refuseForLocal(machine: MachineRecord, change: MachineChange): void {
  if (machine.kind !== 'local') return;
  const field = (['host', 'port', 'username', 'auth'] as const).find((name) => change[name] !== undefined);
  if (field) throw new FerryError('machine.local_fixed', { field });
}

/** Throws `machine.in_use` while anything runs, or waits to run, on the machine. The machine is locked. */
export async function refuseInUse(tx: Pick<Repositories, 'migrations'>, machine: MachineRecord): Promise<void> {
  const names = await tx.migrations.liveOnMachine(machine.id);
  if (names.length === 0) return;
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ` and ${names.length - 5} more` : '');
  throw new FerryError('machine.in_use', { name: machine.name, migrations: shown });
}
