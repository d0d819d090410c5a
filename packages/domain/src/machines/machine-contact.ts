import type { MachineAuth } from '@cacheferry/contract';
import { FerryError, Secret } from '@cacheferry/kernel';
import type { MachineContact } from '../runs/ports.ts';
import type { Repositories } from '../store/index.ts';
import type { MachineRecord } from '../store/places.ts';
import type { MachineLogin } from './transport.ts';

type SshLogin = Extract<MachineLogin, { kind: 'ssh' }>;

/**
 * How to reach a machine, with its secrets opened only where its host key was confirmed.
 *
 * Throws `machine.not_found`, `control.secret_unreadable`.
 */
export async function machineContact(
  store: Pick<Repositories, 'machines'>,
  machineId: string,
  localWorkDir: string,
): Promise<MachineContact> {
  const machine = await store.machines.find(machineId);
  if (!machine) throw new FerryError('machine.not_found');
  if (machine.kind === 'local') {
    const workDir = machine.workDir ?? localWorkDir;
    return { kind: 'local', machineId, login: { kind: 'local', machineId, workDir } };
  }
  const { host, port, trustedHostKey: trusted } = machine;
  if (host === null || port === null) throw new FerryError('machine.not_found');
  const auth = trusted ? await store.machines.auth(machineId) : null;
  return { kind: 'ssh', machineId, host, port, trusted, login: auth ? sshLogin(machine, auth) : null };
}

function sshLogin(machine: MachineRecord, auth: MachineAuth): SshLogin | null {
  const { id: machineId, host, port, username, workDir, trustedHostKey: hostKey } = machine;
  if (host === null || port === null || username === null || hostKey === null) return null;
  return { kind: 'ssh', machineId, host, port, username, auth: closed(auth), hostKey, workDir };
}

function closed(auth: MachineAuth): SshLogin['auth'] {
  switch (auth.kind) {
    case 'password':
      return { kind: 'password', password: new Secret(auth.password) };
    case 'key':
      return {
        kind: 'key',
        privateKey: new Secret(auth.privateKey),
        passphrase: auth.passphrase ? new Secret(auth.passphrase) : null,
      };
    case 'agent':
      return { kind: 'agent' };
  }
}
