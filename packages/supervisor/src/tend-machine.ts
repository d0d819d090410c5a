import type { HostKey, MachineFacts, MachineState, Problem } from '@cacheferry/contract';
import { type Lease, type MachineTask, problemOf } from '@cacheferry/domain';
import { FerryError, toFerryError } from '@cacheferry/kernel';
import type { LinkPool } from './link-pool.ts';
import type { SupervisorDeps } from './supervisor-deps.ts';

type TendDeps = Pick<SupervisorDeps, 'clock' | 'log'> & {
  machines: Pick<SupervisorDeps['machines'], 'contact' | 'recordProbe' | 'recordInstall'>;
  transport: Pick<SupervisorDeps['transport'], 'scanHostKey'>;
  tools: Pick<SupervisorDeps['tools'], 'probe' | 'install'>;
};

/** What a worker tends machines with; `signal` ends it when the worker stops. */
export type Tending = { deps: TendDeps; links: Pick<LinkPool, 'use' | 'forget'>; signal: AbortSignal };

/**
 * Probes a machine or installs the engine there, and stores what came of it. Rejects, with nothing stored, when that could
 * not be stored, or when the worker stops: what it saw then says nothing about the machine.
 */
export async function tendMachine(tending: Tending, { machineId, task }: MachineTask, lease: Lease): Promise<void> {
  if (task === 'probe') await probe(tending, machineId, lease);
  else await install(tending, machineId, lease);
}

async function probe({ deps, links, signal }: Tending, machineId: string, lease: Lease): Promise<void> {
  const { machines, transport, tools } = deps;
  const nothing = { facts: null, seenHostKey: null, problem: null };
  try {
    const contact = await machines.contact(machineId);
    if (contact.kind === 'ssh' && !contact.login) {
      const seenHostKey = await transport.scanHostKey(contact.host, contact.port);
      return await machines.recordProbe(lease, { ...nothing, state: 'untrusted', seenHostKey });
    }
    const facts = await links.use(machineId, ({ link, login }) => tools.probe(link, login));
    await machines.recordProbe(lease, { ...nothing, ...fitness(facts), facts });
  } catch (thrown) {
    signal.throwIfAborted();
    const error = toFerryError(thrown);
    links.forget(machineId);
    const seenHostKey = await keyNow(deps, machineId, error);
    await machines.recordProbe(lease, { ...nothing, state: stateAfter(error), seenHostKey, problem: shown(error) });
  }
}

async function install({ deps, links, signal }: Tending, machineId: string, lease: Lease): Promise<void> {
  try {
    const { version, sha256 } = await links.use(machineId, ({ link, login }) =>
      deps.tools.install(link, login, { replace: true }),
    );
    const installedAt = new Date(deps.clock.now()).toISOString();
    await deps.machines.recordInstall(lease, { engine: { version, sha256, installedAt }, problem: null });
  } catch (thrown) {
    signal.throwIfAborted();
    await deps.machines.recordInstall(lease, { engine: null, problem: shown(toFerryError(thrown)) });
  }
}

/** Whether an engine can work there: a machine whose work directory takes no file could not even be given one. */
function fitness({ hostname, workDir, isWorkDirWritable, diskFreeBytes }: MachineFacts) {
  if (isWorkDirWritable) return { state: 'ready', problem: null } as const;
  const code = diskFreeBytes === 0 ? 'machine.no_space' : 'machine.not_writable';
  return { state: 'not_writable', problem: shown(new FerryError(code, { host: hostname, path: workDir })) } as const;
}

function stateAfter({ code }: FerryError): MachineState {
  if (code === 'machine.host_key_changed') return 'host_key_changed';
  return /^machine\.(auth|key|passphrase|password|agent)/.test(code) ? 'auth_failed' : 'unreachable';
}

/** The key that a machine shows now, when it is another than the confirmed one: both are shown side by side. */
async function keyNow(deps: TendDeps, machineId: string, { code }: FerryError): Promise<HostKey | null> {
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
