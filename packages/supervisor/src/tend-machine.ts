import type { HostKey, MachineState, Problem } from '@cacheferry/contract';
import { type Lease, type MachineTask, problemOf } from '@cacheferry/domain';
import { type FerryError, toFerryError } from '@cacheferry/kernel';
import type { LinkPool } from './link-pool.ts';
import type { SupervisorDeps } from './supervisor-deps.ts';

/** Probes a machine or installs the engine there, and stores what came of it. */
export async function tendMachine(
  deps: SupervisorDeps,
  links: LinkPool,
  { machineId, task }: MachineTask,
  lease: Lease,
): Promise<void> {
  if (task === 'probe') await probe(deps, links, machineId, lease);
  else await install(deps, links, machineId, lease);
}

async function probe(deps: SupervisorDeps, links: LinkPool, machineId: string, lease: Lease): Promise<void> {
  const { machines, transport, tools } = deps;
  const nothing = { facts: null, seenHostKey: null, problem: null };
  try {
    const contact = await machines.contact(machineId);
    if (contact.kind === 'ssh' && !contact.login) {
      const seenHostKey = await transport.scanHostKey(contact.host, contact.port);
      return await machines.recordProbe(lease, { ...nothing, state: 'untrusted', seenHostKey });
    }
    const facts = await links.use(machineId, ({ link, login }) => tools.probe(link, login));
    await machines.recordProbe(lease, { ...nothing, state: 'ready', facts });
  } catch (thrown) {
    const error = toFerryError(thrown);
    links.forget(machineId);
    const seenHostKey = await keyNow(deps, machineId, error);
    await machines.recordProbe(lease, { ...nothing, state: stateAfter(error), seenHostKey, problem: shown(error) });
  }
}

async function install(deps: SupervisorDeps, links: LinkPool, machineId: string, lease: Lease): Promise<void> {
  try {
    const { version, sha256 } = await links.use(machineId, ({ link, login }) =>
      deps.tools.install(link, login, { replace: true }),
    );
    const installedAt = new Date(deps.clock.now()).toISOString();
    await deps.machines.recordInstall(lease, { engine: { version, sha256, installedAt }, problem: null });
  } catch (thrown) {
    await deps.machines.recordInstall(lease, { engine: null, problem: shown(toFerryError(thrown)) });
  }
}

function stateAfter({ code }: FerryError): MachineState {
  if (code === 'machine.host_key_changed') return 'host_key_changed';
  return /^machine\.(auth|key|passphrase|password|agent)/.test(code) ? 'auth_failed' : 'unreachable';
}

/** The key that a machine shows now, when it is another than the confirmed one: both are shown side by side. */
async function keyNow(deps: SupervisorDeps, machineId: string, { code }: FerryError): Promise<HostKey | null> {
  if (code !== 'machine.host_key_changed') return null;
  try {
    const contact = await deps.machines.contact(machineId);
    return contact.kind === 'ssh' ? await deps.transport.scanHostKey(contact.host, contact.port) : null;
  } catch (thrown) {
    deps.log.warn('The new host key could not be read', { machineId, code: toFerryError(thrown).code });
    return null;
  }
}

const shown = (error: FerryError): Problem => problemOf({ code: error.code, facts: error.facts, detail: error.detail });
