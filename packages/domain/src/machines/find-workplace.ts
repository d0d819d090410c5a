import { FerryError } from '@cacheferry/kernel';
import type { Repositories } from '../store/index.ts';
import type { MachineRecord } from '../store/places.ts';

/**
 * The machine that new work shall go to, locked until the transaction ends.
 *
 * Throws `machine.not_found`, `machine.draining`, `machine.untrusted`.
 */
export async function findWorkplace(tx: Pick<Repositories, 'machines'>, id: string): Promise<MachineRecord> {
  const machine = await tx.machines.lock(id);
  if (!machine) throw new FerryError('machine.not_found');
  const { name } = machine;
  if (machine.isDraining) throw new FerryError('machine.draining', { name });
  if (machine.kind === 'ssh' && !machine.trustedHostKey) throw new FerryError('machine.untrusted', { name });
  return machine;
}
