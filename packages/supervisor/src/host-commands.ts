import { CheckSnapshot, type ControlRequest, EngineEvent, type Job, Snapshot } from '@cacheferry/contract';
import type { Death, MachineLink } from '@cacheferry/domain';
import { errorCatalogue, FerryError, isErrorCode } from '@cacheferry/kernel';
import { LineSplitter, readObject } from './split-lines.ts';

export type HostDeps = {
  link: MachineLink;
  /** Name of the machine for texts. */
  host: string;
  /** What a `ferry` command line starts with. */
  command: readonly string[];
  signal: AbortSignal;
  /** How long the engine may take to answer. */
  askMs: number;
};

export type Launched = { pid: number; attached: boolean };
/** How an engine went: `refusal` is what it said itself when it ended by its own will before it could write an event. */
export type Gone = Death & { refusal: { reason: string; fix: string } | null };
export type FollowOptions = {
  after: number;
  beatMs: number;
  onEvents(events: EngineEvent[]): Promise<void>;
  /** The machine answers, and everything that it has was handed on. */
  onBeat(): Promise<void>;
};

const commandTimeoutMs = 60_000;

/** The `ferry` commands of a machine that a run is looked after with. Every argument is fixed or an id of ours. */
export class HostCommands {
  readonly #deps: HostDeps;
  readonly #stateDir: string;

  constructor(deps: HostDeps, stateDir: string) {
    this.#deps = deps;
    this.#stateDir = stateDir;
  }

  /** Starts the engine, or finds the one that runs already. Resolves with null when it ended at once: its events say why. */
  async launch(job: Job): Promise<Launched | null> {
    const { exitCode, stdout, stderr } = await this.#run('launch', JSON.stringify(job));
    if (stdout.trim() === '') throw this.#told(stderr);
    const found = readObject(lastLine(stdout), this.#deps.host);
    if (exitCode !== 0 || 'exitCode' in found) return null;
    const pid = Number(found.pid);
    if (!Number.isSafeInteger(pid) || pid <= 0) throw this.#protocol('launch does not name a process');
    return { pid, attached: found.attached === true };
  }

  /** Hands events on as they come; resolves when the engine is gone and all of its events were handed on. */
  async follow({ after, beatMs, onEvents, onBeat }: FollowOptions): Promise<Gone> {
    const { link, host, command, signal } = this.#deps;
    const splitter = new LineSplitter(host);
    let gone: Gone | null = null;
    // Standard input stays open as long as the connection does: without it nobody follows any more.
    const numbers = ['--after', String(after), '--beat', String(beatMs)];
    const argv = [...command, 'follow', '--state', this.#stateDir, ...numbers, '--while-stdin'];
    const { exitCode, stderr } = await link.stream(argv, {
      signal,
      onBytes: async (bytes) => {
        const events: EngineEvent[] = [];
        let isBeat = false;
        for (const line of splitter.push(bytes)) {
          const value = readObject(line, host);
          if (value.type === 'gone') gone = goneOf(value);
          else if (value.type === 'beat') isBeat = true;
          else events.push(this.#event(value));
        }
        if (events.length > 0) await onEvents(events);
        if (isBeat) await onBeat();
      },
    });
    if (exitCode !== 0) throw this.#told(stderr);
    if (gone === null) throw this.#protocol('follow ended without saying that the engine is gone');
    return gone;
  }

  /** What the engine says of itself; null when none runs. */
  async snapshot(): Promise<Snapshot | CheckSnapshot | null> {
    const answer = await this.#control({ id: 'status', command: 'status' });
    if (answer.ok !== true) return null;
    return Snapshot.safeParse(answer.result).data ?? CheckSnapshot.safeParse(answer.result).data ?? null;
  }

  /** Hands a request to the engine. Resolves with its refusal, or null when it took it. */
  async ask(request: ControlRequest): Promise<FerryError | null> {
    const answer = await this.#control(request);
    if (answer.ok === true) return null;
    const code = String(answer.code);
    const facts = { dir: this.#stateDir, command: request.command, kind: 'run' };
    return new FerryError(isErrorCode(code) ? code : 'internal.unexpected', facts, answer.detail);
  }

  /**
   * Removes what must not stay behind (secrets, socket, spool) and confirms that no process of the run is left; with
   * `kill` an engine that does not stop is ended by force.
   */
  async reap(options: { kill: boolean }): Promise<void> {
    const { exitCode, stderr } = await this.#run('reap', undefined, options.kill ? ['--kill'] : []);
    if (exitCode !== 0) throw this.#told(stderr);
  }

  async #control(request: ControlRequest): Promise<Record<string, unknown>> {
    const { stdout, stderr } = await this.#run('ask', JSON.stringify(request), ['--timeout', String(this.#deps.askMs)]);
    if (stdout.trim() === '') throw this.#told(stderr);
    return readObject(lastLine(stdout), this.#deps.host);
  }

  #run(name: string, stdin?: string, flags: readonly string[] = []) {
    const { link, command, signal } = this.#deps;
    return link.run([...command, name, '--state', this.#stateDir, ...flags], {
      stdin: stdin ?? '',
      timeoutMs: commandTimeoutMs,
      maxOutputBytes: 1024 * 1024,
      signal,
    });
  }

  #event(value: Record<string, unknown>): EngineEvent {
    const parsed = EngineEvent.safeParse(value);
    if (parsed.success) return parsed.data;
    // One that a newer engine knows, or that had to be cut: its number counts, or nothing behind it would ever arrive.
    const where = parsed.error.issues[0]?.path.join('.') ?? '';
    const bare = { seq: value.seq, at: value.at, type: 'log', level: 'warn', msg: 'An event could not be understood' };
    const instead = EngineEvent.safeParse({ ...bare, of: String(value.type).slice(0, 40), where });
    if (instead.success) return instead.data;
    throw this.#protocol(`an event is not valid at ${where}`);
  }

  /** The error that a `ferry` command ended with. */
  #told(stderr: string): FerryError {
    const [, code = '', text = ''] = /^error\[([a-z]+\.[a-z_]+)\]: ([^\n]*)/m.exec(stderr) ?? [];
    if (isErrorCode(code)) return new FerryError(code, { host: this.#deps.host, dir: this.#stateDir }, new Error(text));
    return this.#protocol(lastLine(stderr).slice(0, 200));
  }

  #protocol(reason: string): FerryError {
    return new FerryError('machine.protocol', { host: this.#deps.host, reason });
  }
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

function goneOf(value: Record<string, unknown>): Gone {
  return {
    refusal: refusalOf(value),
    exitCode: typeof value.exitCode === 'number' ? value.exitCode : null,
    signal: typeof value.signal === 'string' ? value.signal : null,
    lastLines: typeof value.lastLines === 'string' ? value.lastLines.slice(0, 4096) : '',
  };
}

/** What the engine printed as its last word. One that was killed, or died of a signal, refused nothing. */
function refusalOf({ error, exitCode }: Record<string, unknown>): Gone['refusal'] {
  if (typeof exitCode !== 'number' || exitCode >= 128 || typeof error !== 'object' || error === null) return null;
  const { code, detail, fix }: { code?: unknown; detail?: unknown; fix?: unknown } = error;
  if (typeof code !== 'string' || typeof detail !== 'string' || typeof fix !== 'string') return null;
  const mayPass = isErrorCode(code) && errorCatalogue[code].retry;
  return mayPass ? null : { reason: `${detail} (${code})`.slice(0, 1000), fix: fix.slice(0, 1000) };
}
