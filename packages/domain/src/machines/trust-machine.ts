import type { Machine, TrustInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Context } from '../context.ts';
import { changeMachine } from './change-machine.ts';

/**
 * Confirms the host key that the machine showed last: from now on no other is accepted, and only from now on is any
 * credential sent. Throws `machine.key_not_seen`.
 */
export async function trustMachine(ctx: Context, id: string, input: TrustInput): Promise<Machine> {
  return changeMachine(ctx, { id, action: 'machine.trust', needs: 'admin' }, (machine, { describe, ring }, now) => {
    const seen = machine.seenHostKey;
    describe({ detail: { before: machine.trustedHostKey, after: seen, confirmed: input.fingerprint } });
    if (seen?.fingerprint !== input.fingerprint) throw new FerryError('machine.key_not_seen', { name: machine.name });
    ring({ kind: 'machine', id });
    return { trustedHostKey: seen, state: 'unknown', problem: null, probeAskedAt: now };
  });
}
