import type { JobInput } from '@cacheferry/contract';
import { Job } from '@cacheferry/contract';
import type { MachineContact, MachineLogin } from '@cacheferry/domain';
import { createIds, Secret, systemClock } from '@cacheferry/kernel';
import { createMachineTools, createTransport, machineEnvironment } from '@cacheferry/remote';
import { createSupervisor, type Supervisor, type SupervisorDeps } from '@cacheferry/supervisor';
import { bundleFerry, type Sshd } from '@cacheferry/testkit';
import { MemoryMachines, MemoryPreflights } from './memory-machines.ts';
import { MemoryUploads } from './memory-uploads.ts';
import { MemoryRuns } from './memory-runs.ts';

export const newId = createIds(systemClock);

/** What stays while workers come and go: the database and one machine. */
export class Installation {
  readonly runs = new MemoryRuns();
  readonly preflights = new MemoryPreflights();
  readonly uploads = new MemoryUploads();
  readonly machines: MemoryMachines;
  /** Warnings and errors of all workers. */
  readonly log: string[] = [];
  readonly #workers: Worker[] = [];

  constructor(contact: MachineContact) {
    this.machines = new MemoryMachines(contact);
  }

  /** Starts a worker with short times. */
  async worker(times: SupervisorDeps['times'] = {}): Promise<Worker> {
    const transport = createTransport({
      environment: machineEnvironment(process.env),
      agentSocket: null,
      connectTimeoutMs: 2_000,
      keepalive: { intervalMs: 500, count: 3 },
      lingerMs: 0,
    });
    const note = (msg: string, fields: object = {}) => void this.log.push(`${msg} ${JSON.stringify(fields)}`);
    const deps: SupervisorDeps = {
      runs: this.runs,
      preflights: this.preflights,
      machines: this.machines,
      uploads: this.uploads,
      transport,
      tools: createMachineTools({ engineFile: await bundleFerry(), clock: systemClock }),
      clock: systemClock,
      log: { info: () => {}, warn: note, error: note },
      newId,
      random: () => 0.5,
      times: { leaseMs: 3_000, renewMs: 300, lostAfterMs: 2_000, launchPatienceMs: 1_500, beatMs: 300, ...times },
    };
    const supervisor = createSupervisor(deps, newId());
    const worker = {
      supervisor,
      stop: async () => {
        await supervisor.stop();
        await transport.close();
      },
    };
    this.#workers.push(worker);
    return worker;
  }

  async stopWorkers(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.stop()));
  }

  /** A run of a job, not launched yet. */
  addRun(job: JobInput): string {
    const id = newId();
    const whole = Job.parse(job);
    this.runs.add({ id, kind: whole.kind === 'check' ? 'check' : 'migrate', machineId: 'machine' }, whole);
    return id;
  }
}

export type Worker = { supervisor: Supervisor; stop(): Promise<void> };

/** How a test server is reached. */
export function contactOf(server: Sshd, change: { port?: number; workDir: string }): MachineContact & { kind: 'ssh' } {
  const hostKey = { type: 'ssh-ed25519', fingerprint: server.fingerprint };
  const at = { kind: 'ssh', machineId: 'machine', host: server.host, port: change.port ?? server.port } as const;
  const login: MachineLogin = {
    ...at,
    username: server.username,
    auth: { kind: 'key', privateKey: new Secret(server.privateKey), passphrase: null },
    hostKey,
    workDir: change.workDir,
  };
  return { ...at, trusted: hostKey, login };
}
