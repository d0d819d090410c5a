import type { PreflightReport, PreflightRow } from '@cacheferry/contract';
import type {
  Failure,
  InstallResult,
  Lease,
  MachineContact,
  MachineStore,
  MachineTask,
  PreflightStore,
  PreflightTask,
  ProbeResult,
} from '@cacheferry/domain';

/** One machine, in memory. */
export class MemoryMachines implements MachineStore {
  contactNow: MachineContact;
  readonly due: MachineTask[] = [];
  readonly probes: ProbeResult[] = [];
  readonly installs: InstallResult[] = [];
  readonly released: MachineTask[] = [];
  renewals = 0;

  constructor(contact: MachineContact) {
    this.contactNow = contact;
  }

  async findDue(): Promise<MachineTask[]> {
    return [...this.due];
  }

  async claim(task: MachineTask, owner: string): Promise<Lease | null> {
    const at = this.due.findIndex((due) => due.task === task.task && due.machineId === task.machineId);
    if (at < 0) return null;
    this.due.splice(at, 1);
    return { id: task.machineId, owner, epoch: 1 };
  }

  async contact(): Promise<MachineContact> {
    return this.contactNow;
  }

  async recordProbe(_: Lease, result: ProbeResult): Promise<void> {
    this.probes.push(result);
  }

  async recordInstall(_: Lease, result: InstallResult): Promise<void> {
    this.installs.push(result);
  }

  async renew(): Promise<void> {
    this.renewals++;
  }

  async release(task: MachineTask): Promise<void> {
    this.released.push(task);
  }
}

/** Preflights in memory. */
export class MemoryPreflights implements PreflightStore {
  readonly waiting = new Map<string, PreflightTask>();
  readonly rows: PreflightRow[] = [];
  readonly reports: PreflightReport[] = [];
  readonly failures: Failure[] = [];

  async findUnattended(): Promise<string[]> {
    return [...this.waiting.keys()];
  }

  async claim(id: string): Promise<PreflightTask | null> {
    const task = this.waiting.get(id) ?? null;
    this.waiting.delete(id);
    return task;
  }

  async renew(): Promise<void> {}

  async recordRows(_: Lease, rows: readonly PreflightRow[]): Promise<void> {
    this.rows.push(...rows);
  }

  async finish(_: Lease, report: PreflightReport): Promise<void> {
    this.reports.push(report);
  }

  async fail(_: Lease, failure: Failure): Promise<void> {
    this.failures.push(failure);
  }
}
