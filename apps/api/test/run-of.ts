import type { EngineEvent, Migration } from '@cacheferry/contract';
import { createRunStore, startMigration } from '@cacheferry/domain';
import { type ApiWorld, aMigration, type Browser } from './api-world.ts';

/** A migration whose engine is played by the test. */
export type PlayedRun = {
  id: string;
  /** The run is over, completed. */
  end(): Promise<void>;
  /** Stores the engine's next events, as a worker would. */
  say(...lines: (Partial<EngineEvent> & { type: EngineEvent['type'] })[]): Promise<void>;
};

const at = (): string => new Date().toISOString();

/** Starts a migration and launches it in name only. */
export async function playRun(world: ApiWorld, operator: Browser, name: string, more = {}): Promise<PlayedRun> {
  const made = await operator.post('/migrations', aMigration(name, more));
  const { id } = made.json<Migration>();
  const user = await world.system.store.users.findByName('operator');
  const actor = { kind: 'user', id: user?.id ?? '', username: 'operator', role: 'operator', tokenId: null } as const;
  await startMigration({ ...world.system, actor }, id, {});
  const runs = createRunStore(world.system);
  const run = await world.system.store.runs.liveOf(id);
  const claimed = await runs.claim(run?.id ?? '', 'test', 600_000);
  if (!claimed) throw new Error('the run could not be claimed');
  const { lease } = claimed;
  await runs.beginLaunch(lease, { stateDir: `/state/${id}`, engineSha256: 'a'.repeat(64) });
  await runs.markLaunched(lease, { pid: 1, attached: false });
  let seq = 0;
  return {
    id,
    end: () => runs.markEnded(lease, { outcome: 'completed', failure: null, confirmed: true }),
    say: async (...lines) => {
      const events = lines.map((line) => ({ seq: ++seq, at: at(), ...line }) as EngineEvent);
      await runs.recordEvents(lease, events);
    },
  };
}

/** A line of the engine's log. */
export const line = (msg: string) => ({ type: 'log', level: 'info', msg }) as const;

/** A snapshot with so many keys done. */
export const progress = (keysDone: number) =>
  ({
    type: 'progress',
    state: 'full_sync',
    phase: 'full_sync',
    shards: [],
    keysDone,
    keysTotal: 100,
    keysSkipped: 0,
    bytesIn: 1,
    bytesOut: 1,
    keysPerSecond: 1,
    bytesPerSecond: 1,
    etaSeconds: null,
    lagBytes: 0,
    lagMs: 0,
    errors: {},
    lost: {},
    spoolBytes: 0,
    rateKeys: 0,
    rateBytes: 0,
    rssBytes: 1,
    startedAt: at(),
    updatedAt: at(),
  }) as const;
