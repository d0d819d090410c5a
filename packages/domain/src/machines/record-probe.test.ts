import type { MachineState } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { newMachine } from './new-machine.ts';
import { probeChange } from './record-probe.ts';

const now = new Date(1_000_000);
const clock = { now: () => 0, monotonic: () => 0, sleep: async () => {} };
const key = (letter: string) => ({ type: 'ssh-ed25519', fingerprint: `SHA256:${letter.repeat(43)}` });
const machine = (trusted: string | null) =>
  newMachine({ clock, newId: () => 'id' }, { name: 'm', kind: 'ssh', trustedHostKey: trusted ? key(trusted) : null });
const result = (state: MachineState, seen: string | null) => ({
  state,
  facts: null,
  seenHostKey: seen ? key(seen) : null,
  problem: null,
});

describe('a probe', () => {
  test('shows the key of a machine that nobody has trusted yet', () => {
    expect(probeChange(machine(null), result('untrusted', 'a'), now)).toMatchObject({
      state: 'untrusted',
      seenHostKey: key('a'),
      probeAskedAt: null,
      probedAt: now,
    });
  });

  test('that began before the key was trusted is asked for again', () => {
    const change = probeChange(machine('a'), result('untrusted', 'a'), now);
    expect(change).toMatchObject({ state: 'unknown', probeAskedAt: now });
    expect(probeChange(machine('a'), result('untrusted', 'b'), now)).toMatchObject({ state: 'host_key_changed' });
  });

  test('keeps the facts of before when it has none', () => {
    expect(probeChange(machine('a'), result('unreachable', null), now)).not.toHaveProperty('facts');
  });
});
