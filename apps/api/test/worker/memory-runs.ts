import type { ControlRequest, EngineEvent, Job } from '@cacheferry/contract';
import type { Failure, Lease, RunEnd, RunRecord, RunStore } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';

type Held = { owner: string; epoch: number; until: number };
type Row = {
  run: RunRecord;
  job: Job;
  held: Held;
  events: EngineEvent[];
  commands: { request: ControlRequest; isDelivered: boolean; refusal: Failure | null }[];
  deaths: number;
  end: RunEnd | null;
  lostBy: Failure | null;
  /** What was stored, in order: for tests of the order itself. */
  history: string[];
};

/** Runs in memory, by the rules of the port: leases with an end, each `seq` once, nothing without the lease. */
export class MemoryRuns implements RunStore {
  readonly rows = new Map<string, Row>();
  /** While set, everything fails with it: the database is away. */
  outage: FerryError | null = null;

  add(run: Partial<RunRecord> & { id: string }, job: Job): Row {
    const row: Row = {
      run: { ...blank, ...run },
      job,
      held: { owner: '', epoch: 0, until: 0 },
      events: [],
      commands: [],
      deaths: 0,
      end: null,
      lostBy: null,
      history: [],
    };
    this.rows.set(run.id, row);
    return row;
  }

  /** As a user does it: what is wanted, and a request. */
  stop(id: string): void {
    const row = this.row(id);
    row.run = { ...row.run, wanted: 'stopped' };
    this.request(id, { id: `stop-${id}`, command: 'stop' });
  }

  request(id: string, request: ControlRequest): void {
    this.row(id).commands.push({ request, isDelivered: false, refusal: null });
  }

  /** As when another worker takes the run over: the lease moves at once. */
  steal(id: string, owner: string): void {
    const { held } = this.row(id);
    Object.assign(held, { owner, epoch: held.epoch + 1, until: performance.now() + 60_000 });
  }

  row(id: string): Row {
    const row = this.rows.get(id);
    if (!row) throw new Error(`no run ${id}`);
    return row;
  }

  async findUnattended(limit: number): Promise<string[]> {
    this.#answer();
    const free = [...this.rows.values()].filter(({ run, held }) => run.phase !== 'ended' && !isHeld(held));
    return free.map(({ run }) => run.id).slice(0, limit);
  }

  async claim(id: string, owner: string, leaseMs: number) {
    this.#answer();
    const row = this.rows.get(id);
    if (!row || row.run.phase === 'ended') return null;
    if (isHeld(row.held) && row.held.owner !== owner) return null;
    row.held = { owner, epoch: row.held.epoch + 1, until: performance.now() + leaseMs };
    return { lease: { id, owner, epoch: row.held.epoch }, run: { ...row.run } };
  }

  async renew(lease: Lease, leaseMs: number): Promise<RunRecord> {
    const row = this.#held(lease);
    row.held.until = performance.now() + leaseMs;
    return { ...row.run };
  }

  async release(lease: Lease): Promise<void> {
    const { held } = this.row(lease.id);
    if (held.owner === lease.owner && held.epoch === lease.epoch) held.until = 0;
  }

  async beginLaunch(lease: Lease, launch: { stateDir: string; engineSha256: string }): Promise<Job> {
    const row = this.#held(lease);
    if (row.run.wanted === 'stopped') throw new FerryError('migration.stopped');
    const launches = row.run.launches + 1;
    row.run = { ...row.run, ...launch, launches, phase: 'launched', pid: null, lastError: null, outcome: null };
    row.history.push(`launch ${launches}`);
    return { ...row.job, runId: lease.id, epoch: launches };
  }

  async markLaunched(lease: Lease, { pid }: { pid: number }): Promise<RunRecord> {
    return this.#change(lease, { pid, phase: 'launched' });
  }

  async recordEvents(lease: Lease, events: readonly EngineEvent[]): Promise<RunRecord> {
    const row = this.#held(lease);
    for (const event of events) {
      if (event.seq <= row.run.lastSeq) continue;
      row.events.push(event);
      row.run = { ...row.run, lastSeq: event.seq };
      if (event.type === 'done') row.run = { ...row.run, outcome: event.outcome };
    }
    row.history.push(`events to ${row.run.lastSeq}`);
    return { ...row.run };
  }

  async markLost(lease: Lease, reason: Failure): Promise<RunRecord> {
    this.row(lease.id).lostBy = reason;
    this.row(lease.id).history.push(`lost ${reason.code}`);
    return this.#change(lease, { isLost: true });
  }

  async markContact(lease: Lease, snapshot: { state: string } | null): Promise<RunRecord> {
    const row = this.#held(lease);
    if (row.run.isLost) row.history.push(`contact ${snapshot?.state ?? 'nothing'} at ${row.run.lastSeq}`);
    return this.#change(lease, { isLost: false });
  }

  async recordDeath(lease: Lease) {
    const row = this.#held(lease);
    row.deaths++;
    row.history.push(`death ${row.deaths}`);
    return { run: await this.#change(lease, { pid: null }), deaths: row.deaths };
  }

  async markEnded(lease: Lease, end: RunEnd): Promise<void> {
    const row = this.#held(lease);
    row.end = end;
    row.run = { ...row.run, phase: 'ended' };
    row.held.until = 0;
  }

  async listCommands(lease: Lease): Promise<ControlRequest[]> {
    const { commands } = this.#held(lease);
    return commands.filter(({ isDelivered }) => !isDelivered).map(({ request }) => request);
  }

  async markDelivered(lease: Lease, id: string, refusal: Failure | null): Promise<void> {
    const command = this.#held(lease).commands.find(({ request }) => request.id === id);
    if (command) Object.assign(command, { isDelivered: true, refusal });
  }

  #change(lease: Lease, change: Partial<RunRecord>): Promise<RunRecord> {
    const row = this.#held(lease);
    row.run = { ...row.run, ...change };
    return Promise.resolve({ ...row.run });
  }

  #held(lease: Lease): Row {
    this.#answer();
    const row = this.row(lease.id);
    const { owner, epoch } = row.held;
    if (owner !== lease.owner || epoch !== lease.epoch || row.run.phase === 'ended')
      throw new FerryError('run.lease_lost', { id: lease.id });
    return row;
  }

  #answer(): void {
    if (this.outage) throw this.outage;
  }
}

const isHeld = ({ until }: Held): boolean => until > performance.now();

const blank: RunRecord = {
  id: '',
  kind: 'check',
  migrationId: 'migration',
  checkId: 'check',
  machineId: 'machine',
  wanted: 'running',
  phase: 'queued',
  isLost: false,
  launches: 0,
  stateDir: null,
  pid: null,
  engineSha256: null,
  lastSeq: 0,
  outcome: null,
  lastError: null,
};
