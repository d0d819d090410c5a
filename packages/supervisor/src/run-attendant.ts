import type { EngineEvent } from '@cacheferry/contract';
import type { Failure, Lease, RunOutcome, RunRecord } from '@cacheferry/domain';
import { type ErrorCode, type ErrorFacts, FerryError, toFerryError } from '@cacheferry/kernel';
import { BackOff } from './back-off.ts';
import { bringUploads, nameUploads, placesOf, placeUploads, removeUploads } from './bring-uploads.ts';
import { CommandDelivery } from './command-delivery.ts';
import { ContactWatch, isAboutMachine } from './contact-watch.ts';
import { EventIntake } from './event-intake.ts';
import { type Gone, HostCommands } from './host-commands.ts';
import { keepLease } from './keep-lease.ts';
import type { LinkPool, OpenLink } from './link-pool.ts';
import { mostDeaths, type SupervisorDeps, timesOf } from './supervisor-deps.ts';

type Place = { stateDir: string; engineSha256: string };
type Machine = OpenLink & { workDir: string };

/**
 * Looks after one run for as long as it holds the lease: launches the engine or finds it, follows its events, hands
 * requests to it, starts it again when it died, and ends the run once the machine has confirmed that nothing is left.
 *
 * Everything may break at any point: what counts is in the database and on the machine, so the next try begins anew.
 */
export class RunAttendant {
  readonly #deps: SupervisorDeps;
  readonly #links: LinkPool;
  readonly #lease: Lease;
  readonly #over = new AbortController();
  readonly #backOff: BackOff;
  readonly #delivery: CommandDelivery;
  readonly #contact: ContactWatch;
  #run: RunRecord;
  #isEnded = false;

  constructor(deps: SupervisorDeps, links: LinkPool, claimed: { lease: Lease; run: RunRecord }) {
    this.#deps = deps;
    this.#links = links;
    this.#lease = claimed.lease;
    this.#run = claimed.run;
    this.#backOff = new BackOff(deps.clock, deps.random);
    this.#delivery = new CommandDelivery(deps, claimed.lease);
    this.#contact = new ContactWatch(deps, claimed.lease, {
      read: () => this.#run,
      write: (run) => {
        this.#run = run;
      },
    });
  }

  /** Something new is wanted of the run: looks at its row at once. */
  wake(): void {
    const { runs } = this.#deps;
    runs.renew(this.#lease, timesOf(this.#deps).leaseMs).then(
      (run) => {
        this.#run = run;
        this.#delivery.wake(run);
      },
      (error: unknown) => this.#note('A run could not be looked at', error),
    );
  }

  /** Lets go of the run; the engine is not touched. */
  release(): void {
    this.#over.abort(new FerryError('run.lease_lost', { id: this.#lease.id }));
  }

  /** Resolves when the run has ended, or when somebody else looks after it. */
  async attend(): Promise<void> {
    const signal = this.#over.signal;
    const keeping = keepLease(this.#deps, this.#lease, signal, (run) => {
      this.#run = run;
      this.#delivery.wake(run);
    });
    const watching = this.#contact.watch(signal);
    for (const task of [keeping, watching]) task.catch((error: unknown) => this.#over.abort(error));
    while (!this.#isEnded && !signal.aborted) {
      try {
        await this.#tryOnce();
      } catch (thrown) {
        if (signal.aborted || isLeaseLost(thrown)) break;
        await this.#bear(toFerryError(thrown)).catch((error: unknown) => this.#note('Could not note a trouble', error));
        await this.#backOff.wait(signal).catch(() => {});
      }
    }
    this.#over.abort(new FerryError('run.lease_lost', { id: this.#lease.id }));
    await Promise.allSettled([keeping, watching]);
    if (!this.#isEnded)
      await this.#deps.runs
        .release(this.#lease)
        .catch((error: unknown) => this.#note('Could not give the lease back', error));
  }

  async #tryOnce(): Promise<void> {
    if (this.#run.phase === 'queued' && this.#run.wanted === 'stopped') return this.#end('stopped', null);
    await this.#links.use(this.#run.machineId, (open) => this.#work(open));
  }

  async #work({ link, login }: OpenLink): Promise<void> {
    const { tools, runs } = this.#deps;
    const signal = this.#over.signal;
    const engine = await tools.install(link, login, { signal, preferSha256: this.#run.engineSha256 });
    const stateDir = this.#run.stateDir ?? `${engine.workDir}/runs/${this.#run.id}`;
    const host = login.kind === 'local' ? 'this machine' : login.host;
    const { askMs } = timesOf(this.#deps);
    const commands = new HostCommands({ link, host, command: engine.command, signal, askMs }, stateDir);
    const place = { stateDir, engineSha256: engine.sha256 };
    this.#met();
    const machine = { link, login, workDir: engine.workDir };
    if (this.#run.phase === 'queued' && !(await this.#launch(commands, place, machine))) return;
    while (!this.#isEnded) {
      const gone = await this.#follow(commands, await this.#namer(machine));
      if (this.#run.isLost) await this.#contact.confirm(null);
      if (await this.#conclude(commands, gone)) return this.#tidy(machine);
      const { exitCode, signal: by, lastLines } = gone;
      const { run, deaths } = await runs.recordDeath(this.#lease, { exitCode, signal: by, lastLines });
      this.#run = run;
      if (deaths >= mostDeaths) return this.#giveUp(commands, deaths, gone);
      if (!(await this.#launch(commands, place, machine))) return;
    }
  }

  /** False where the machine would not start an engine, and the run has ended with that. */
  async #launch(commands: HostCommands, place: Place, machine: Machine): Promise<boolean> {
    const { runs, uploads } = this.#deps;
    const needed = await uploads.ofRun(this.#lease.id);
    const places = await bringUploads(machine, needed, this.#over.signal);
    const job = placeUploads(await runs.beginLaunch(this.#lease, place), places);
    // From here on there may be an engine, whatever becomes of this connection.
    this.#run = { ...this.#run, ...place, phase: 'launched', launches: job.epoch };
    try {
      const engine = await commands.launch(job);
      // One that ended at once was launched all the same: its events tell why.
      this.#run = await runs.markLaunched(this.#lease, engine ?? { pid: 0, attached: false });
      return true;
    } catch (thrown) {
      const { code, facts, detail, spec } = toFerryError(thrown);
      // What the command itself said. Everything else leaves open whether an engine runs.
      if (spec.retry || /^(machine|internal|run|control)\./.test(code)) throw thrown;
      await commands.reap({ kill: false });
      await this.#end('failed', failure(code, facts, detail));
      return false;
    }
  }

  /** Calls the uploads by their names in what the engine says. */
  async #namer(machine: Machine): Promise<<T>(said: T) => T> {
    try {
      const needed = await this.#deps.uploads.ofRun(this.#lease.id);
      return (said) => nameUploads(said, needed, placesOf(machine, needed));
    } catch (error) {
      // Without its files an engine that runs is followed all the same.
      this.#note('The names of uploads are not known', error);
      return (said) => said;
    }
  }

  async #follow(commands: HostCommands, inNames: <T>(said: T) => T): Promise<Gone> {
    const intake = new EventIntake((events) => this.#store(events), this.#deps.clock);
    const stopDelivery = this.#delivery.begin(commands, this.#over.signal, () => this.#run);
    const confirm = this.#contact.confirmer(async () => inNames(await commands.snapshot()));
    try {
      const onEvents = async (events: EngineEvent[]) => {
        this.#met();
        await intake.add(inNames(events));
        await confirm.whileCatchingUp();
      };
      const onBeat = async () => {
        this.#met();
        await intake.flush();
        await confirm.whenCaughtUp();
      };
      const { beatMs } = timesOf(this.#deps);
      const gone = await commands.follow({ after: this.#run.lastSeq, beatMs, onEvents, onBeat });
      await intake.flush();
      return gone;
    } finally {
      await stopDelivery();
      // What came before a link broke is stored, too.
      await intake.flush().catch(() => {});
    }
  }

  async #store(events: EngineEvent[]): Promise<void> {
    this.#run = await this.#deps.runs.recordEvents(this.#lease, events);
  }

  /** Whether the engine ended as it should: by its own word, or because it was to stop. */
  async #conclude(commands: HostCommands, { refusal }: Gone): Promise<boolean> {
    const { outcome, wanted, lastError } = this.#run;
    if (outcome === null && wanted !== 'stopped' && refusal === null) return false;
    await commands.reap({ kill: false });
    const isRefused = outcome === null && wanted !== 'stopped' && refusal !== null;
    if (isRefused) await this.#end('failed', lastError ?? failure('run.engine_refused', refusal, ''));
    else await this.#end(outcome ?? 'stopped', outcome === 'failed' ? lastError : null);
    return true;
  }

  async #giveUp(commands: HostCommands, deaths: number, gone: Gone): Promise<void> {
    await commands.reap({ kill: true });
    const last = this.#run.lastError;
    const detail = last ? `${last.code}: ${last.detail}` : (gone.lastLines.trimEnd().split('\n').at(-1) ?? '');
    await this.#end('failed', failure('engine.crash_loop', { count: deaths, minutes: 10 }, detail));
  }

  /** Removes from the machine what was brought there for this run alone. */
  async #tidy(machine: Machine): Promise<void> {
    const { uploads } = this.#deps;
    try {
      const needed = await uploads.ofRun(this.#lease.id);
      await removeUploads(machine, needed, await uploads.findRunning(needed.map(({ id }) => id)));
    } catch (error) {
      this.#note('An upload could not be removed from the machine', error);
    }
  }

  async #end(outcome: RunOutcome, reason: Failure | null): Promise<void> {
    await this.#deps.runs.markEnded(this.#lease, { outcome, failure: reason, confirmed: true });
    this.#isEnded = true;
  }

  /** The machine could not be reached, or what it said made no sense. */
  async #bear(error: FerryError): Promise<void> {
    this.#note('A run could not be attended', error);
    if (error.code === 'migration.stopped') {
      // A user was faster than the launch.
      this.#run = await this.#deps.runs.renew(this.#lease, timesOf(this.#deps).leaseMs);
      return;
    }
    const reason = failure(error.code, error.facts, error.detail);
    if (this.#run.phase !== 'queued') return this.#contact.trouble(error);
    // Nothing was ever started there, so nothing can be left.
    const isOutOfReach = isAboutMachine(error) && this.#contact.silentMs > timesOf(this.#deps).launchPatienceMs;
    if (!error.spec.retry || isOutOfReach) await this.#end('failed', reason);
  }

  #met(): void {
    this.#contact.met();
    this.#backOff.reset();
  }

  #note(msg: string, thrown: unknown): void {
    const { code, detail } = toFerryError(thrown);
    this.#deps.log.warn(msg, { runId: this.#lease.id, machineId: this.#run.machineId, code, detail });
  }
}

const failure = (code: ErrorCode, facts: ErrorFacts, detail: string): Failure => ({ code, facts, detail });
const isLeaseLost = (thrown: unknown): boolean => thrown instanceof FerryError && thrown.code === 'run.lease_lost';
