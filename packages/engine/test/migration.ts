import type { EngineEvent, JobInput, Snapshot } from '@cacheferry/contract';
import { Job } from '@cacheferry/contract';
import { type Clock, systemClock } from '@cacheferry/kernel';
import { type Client, compareServers, createRandom, type RedisServer, tempDir, waitFor } from '@cacheferry/testkit';
import { expect } from 'vitest';
import { askEngine, type MigrationEnd, runMigration } from '../src/index.ts';

export type Ends = { source: { url: string }; target: { url: string } };

/** A migration that runs inside the test. */
export class Migration {
  readonly dir: string;
  readonly events: EngineEvent[] = [];
  readonly end: Promise<MigrationEnd>;
  readonly #stop = new AbortController();

  /** `at`: the folder of its state, or what else it is to have. */
  constructor(ends: Ends, job: Partial<JobInput> = {}, at: string | { clock: Clock } = tempDir('state')) {
    this.dir = typeof at === 'string' ? at : tempDir('state');
    const whole = Job.parse({
      version: 1,
      source: { url: ends.source.url },
      target: { url: ends.target.url },
      ...job,
    });
    const random = createRandom(1);
    const deps = {
      clock: typeof at === 'string' ? systemClock : at.clock,
      random: () => random.below(1000) / 1000,
      dir: this.dir,
      onEvent: (line: string) => void this.events.push(JSON.parse(line) as EngineEvent),
    };
    this.end = runMigration(deps, whole, this.#stop.signal);
    this.end.catch(() => {});
  }

  async status(): Promise<Snapshot> {
    return (await askEngine(this.dir, { command: 'status' })) as Snapshot;
  }

  ask(...request: Parameters<typeof askEngine> extends [string, infer R, ...unknown[]] ? [R] : never) {
    return askEngine(this.dir, ...request);
  }

  /** See the function of that name. */
  caughtUp(source: RedisServer, deadlineMs = 60_000): Promise<Snapshot> {
    const ended = this.end.then(() => {
      throw new Error('the run has ended before');
    });
    return Promise.race([caughtUp(source, this.dir, { deadlineMs }), ended]);
  }

  async stop(): Promise<MigrationEnd> {
    this.#stop.abort(new Error('stop'));
    return this.end;
  }

  /** The events of one type. */
  of<T extends EngineEvent['type']>(type: T): Extract<EngineEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<EngineEvent, { type: T }> => event.type === type);
  }

  codes(): string[] {
    return this.of('error').map(({ code }) => code);
  }
}

type Patience = { deadlineMs: number; everyMs?: number; what?: string };

/** Waits until the target of an engine contains everything that the source has written up to now. */
export async function caughtUp(source: RedisServer, dir: string, patience: Patience): Promise<Snapshot> {
  const wanted = Number((await source.info('replication')).master_repl_offset);
  return waitFor(
    async () => {
      const snapshot = (await askEngine(dir, { command: 'status' })) as Snapshot;
      const isLive = snapshot.state === 'incremental_sync' && snapshot.lagBytes === 0;
      return isLive && (snapshot.shards[0]?.sourceOffset ?? 0) >= wanted ? snapshot : null;
    },
    { what: 'the target to catch up', ...patience },
  );
}

type Side = { client: Client };
type Tolerance = { ttlToleranceMs?: number; ignoring?: RegExp };
const ignoreFor =
  ({ ignoring }: Tolerance) =>
  (key: string): boolean =>
    key.startsWith('0 cf:') || ignoring?.test(key) === true;

/** Fails with the first differences, bookkeeping of migrations left out. */
export async function expectEqual(source: Side, target: Side, options: Tolerance = {}): Promise<void> {
  const { differences, keysA } = await compareServers(source.client, target.client, {
    ...options,
    ignore: ignoreFor(options),
  });
  expect(differences.slice(0, 10), `of ${keysA} keys`).toEqual([]);
}

/** The same for keys with short times to live, which need a moment until the source has said that they are gone. */
export async function expectEqualSoon(source: Side, target: Side, options: Tolerance = {}): Promise<void> {
  const isEqual = async () =>
    (await compareServers(source.client, target.client, { ...options, ignore: ignoreFor(options) })).differences
      .length === 0;
  await waitFor(isEqual, { deadlineMs: 20_000, everyMs: 100 }).catch(() => expectEqual(source, target, options));
}
