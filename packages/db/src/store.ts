import type { Repositories, Signal, Store, Transaction } from '@cacheferry/domain';
import { type Clock, FerryError, type Logger, silentLogger, systemClock } from '@cacheferry/kernel';
import { classifyError, guarded, isBrokenOff } from './classify-error.ts';
import { checkKey } from './check-key.ts';
import { type Db, openPrisma } from './prisma-client.ts';
import { createAnswers } from './repositories/answers.ts';
import { createAudit } from './repositories/audit.ts';
import { createChecks } from './repositories/checks.ts';
import { createCommands } from './repositories/commands.ts';
import { createConflicts } from './repositories/conflicts.ts';
import { createEndpoints } from './repositories/endpoints.ts';
import { createEvents } from './repositories/events.ts';
import { createLeases } from './repositories/leases.ts';
import { createMachines } from './repositories/machines.ts';
import { createMetrics } from './repositories/metrics.ts';
import { createMigrations } from './repositories/migrations.ts';
import { createPreflights } from './repositories/preflights.ts';
import { createRuns } from './repositories/runs.ts';
import { createSessions, createSignInTries } from './repositories/sessions.ts';
import { createSettings } from './repositories/settings.ts';
import { createTokens } from './repositories/tokens.ts';
import { createUploads } from './repositories/uploads.ts';
import { createUsers } from './repositories/users.ts';
import { reseal } from './reseal.ts';
import type { Sealer } from './seal.ts';
import { signalChannel } from './signals.ts';

export type OpenStore = {
  store: Store;
  /** Seals anew what an older key has sealed; answers how many texts that were. */
  reseal: () => Promise<number>;
  /** Lets go of the connections: before the database stops. */
  close: () => Promise<void>;
};

const mostTries = 4;

/** Opens the store on a database whose migrations are applied. */
export function openStore(options: {
  url: string;
  sealer: Sealer;
  log?: Logger;
  clock?: Clock;
  connections?: number;
}): OpenStore {
  const { url, sealer, log = silentLogger, clock = systemClock, connections = 10 } = options;
  const prisma = openPrisma(url, { log, connections });
  const tryOnce = <T>(work: (tx: Transaction) => Promise<T>) =>
    prisma.$transaction((tx) => work({ ...repositories(tx, sealer), notify: (signal) => notify(tx, signal) }));
  const transaction = async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        return await tryOnce(work);
      } catch (error) {
        if (error instanceof FerryError || !isBrokenOff(error) || tries === mostTries) throw classifyError(error);
        log.warn('The database broke off a deadlock; the transaction is tried again', { tries });
        await clock.sleep(10 * tries);
      }
    }
  };
  const ping = async () => {
    try {
      await checkKey(prisma, sealer);
    } catch (error) {
      throw classifyError(error);
    }
  };
  const open = repositories(prisma, sealer);
  const all = Object.entries(open).map(([name, repository]) => [name, guarded(repository as object)]);
  const store: Store = { ...(Object.fromEntries(all) as Repositories), transaction, ping };
  return { store, reseal: () => reseal(prisma, sealer), close: () => prisma.$disconnect() };
}

function repositories(db: Db, sealer: Sealer): Repositories {
  return {
    users: createUsers(db),
    sessions: createSessions(db),
    signInTries: createSignInTries(db),
    tokens: createTokens(db),
    settings: createSettings(db),
    audit: createAudit(db),
    answers: createAnswers(db, sealer),
    machines: createMachines(db, sealer),
    endpoints: createEndpoints(db, sealer),
    preflights: createPreflights(db, sealer),
    migrations: createMigrations(db, sealer),
    checks: createChecks(db),
    runs: createRuns(db),
    leases: createLeases(db),
    commands: createCommands(db),
    events: createEvents(db),
    metrics: createMetrics(db),
    conflicts: createConflicts(db),
    uploads: createUploads(db),
  };
}

async function notify(tx: Db, signal: Signal): Promise<void> {
  await tx.$queryRaw`select pg_notify(${signalChannel}, ${JSON.stringify(signal)})::text`;
}
