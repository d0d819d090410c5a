import type { HostKey, Machine, MachineFacts, MachineState, Problem } from '@cacheferry/contract';
import type { MachineFieldChange } from './change-machine.ts';
import type { MachineRecord } from '../store/places.ts';

export type ProbeResult = {
  state: MachineState;
  facts: MachineFacts | null;
  seenHostKey: HostKey | null;
  problem: Problem | null;
};

export type InstallResult = { engine: NonNullable<Machine['engine']> | null; problem: Problem | null };

/** What a probe changes in the row of its machine, which may have been trusted or moved since the probe began. */
export function probeChange(machine: MachineRecord, result: ProbeResult, now: Date): MachineFieldChange {
  const seen = result.seenHostKey ?? machine.seenHostKey;
  const trusted = machine.trustedHostKey;
  const isOutdated = result.state === 'untrusted' && trusted !== null;
  const isChanged = trusted !== null && seen !== null && seen.fingerprint !== trusted.fingerprint;
  const state = isOutdated ? (isChanged ? 'host_key_changed' : 'unknown') : result.state;
  return {
    state,
    seenHostKey: seen,
    problem: isOutdated ? null : result.problem,
    probedAt: now,
    probeAskedAt: isOutdated ? now : null,
    ...(result.facts ? { facts: result.facts, factsAt: now } : {}),
  };
}
