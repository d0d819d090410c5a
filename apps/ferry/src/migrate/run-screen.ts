import { EngineEvent, Snapshot } from '@cacheferry/contract';
import type { CommandIo } from '../command.ts';
import { oneLine, redactUrls } from '../redact.ts';
import { describeProgress } from './describe-progress.ts';

const lineEveryMs = 5_000;
const quiet: readonly string[] = ['debug', 'info'];

/**
 * Shows the events of a run: as they are with `--json`; else, on standard error, progress as a bar on a terminal or a line
 * each 5 s, and warnings and errors as they come.
 */
export class RunScreen {
  readonly #io: CommandIo;
  readonly #isJson: boolean;
  readonly #isTerminal: boolean;
  #saidAt: number;
  #hasBar = false;

  constructor(io: CommandIo, isJson: boolean) {
    this.#io = io;
    this.#isJson = isJson;
    this.#isTerminal = io.stderr.isTTY === true;
    this.#saidAt = io.clock.monotonic();
  }

  /** One line of `events.jsonl`. */
  event(line: string): void {
    if (this.#isJson) {
      this.#io.stdout.write(`${line}\n`);
      return;
    }
    const event = EngineEvent.safeParse(JSON.parse(line));
    if (!event.success) return;
    const { data } = event;
    if (data.type === 'progress') this.#progress(data);
    else if (data.type === 'phase')
      this.#say(`${data.shard === undefined ? '' : `shard ${data.shard}: `}${data.phase}`);
    else if (data.type === 'log' && !quiet.includes(data.level)) this.#say(`${data.level}: ${data.msg}${rest(data)}`);
    else if (data.type === 'error' && !data.fatal) this.#say(`warning[${data.code}]: ${data.msg ?? data.detail}`);
  }

  /** Nothing more is drawn. */
  end(): void {
    if (this.#hasBar) this.#io.stderr.write('\r\x1b[K');
    this.#hasBar = false;
  }

  #progress(fields: object): void {
    const snapshot = Snapshot.safeParse(fields);
    if (!snapshot.success) return;
    const text = describeProgress(snapshot.data);
    if (this.#isTerminal) {
      const width = Math.max(20, (this.#io.stderr.columns ?? 80) - 1);
      this.#io.stderr.write(`\r\x1b[K${text.slice(0, width)}`);
      this.#hasBar = true;
      return;
    }
    const now = this.#io.clock.monotonic();
    if (now - this.#saidAt < lineEveryMs) return;
    this.#saidAt = now;
    this.#io.stderr.write(`${text}\n`);
  }

  #say(text: string): void {
    this.end();
    this.#io.stderr.write(`${oneLine(redactUrls(text))}\n`);
  }
}

const shown: readonly string[] = ['seq', 'at', 'type', 'level', 'msg', 'detail'];

/** The fields of a log line that are not its sentence. */
function rest(fields: Record<string, unknown>): string {
  const pairs = Object.entries(fields).filter(([name, value]) => !shown.includes(name) && typeof value !== 'object');
  return pairs.length === 0 ? '' : ` (${pairs.map(([name, value]) => `${name}: ${String(value)}`).join(', ')})`;
}
