import { randomInt, randomUUID } from 'node:crypto';
import { applyMigrations, createSealer, openDatabase, openSignals, openStore } from '@cacheferry/db';
import {
  type Context,
  createMachineStore,
  createPreflightStore,
  createRunStore,
  createUploadStore,
  type Signals,
  type UploadFiles,
} from '@cacheferry/domain';
import { type Clock, createIds } from '@cacheferry/kernel';
import { type JobQueue, openQueue } from '@cacheferry/queue';
import { createMachineTools, createTransport, machineEnvironment } from '@cacheferry/remote';
import { createSupervisor } from '@cacheferry/supervisor';
import type { Logger as Pino } from 'pino';
import type { Config } from '../config.ts';
import type { Closers } from './closers.ts';
import { type Home, prepareHome } from './home.ts';
import { toLogger } from './log.ts';
import { product } from './product.ts';
import { findSecretKey } from './secret-key.ts';
import { createUploadFiles } from './upload-files.ts';

/** Everything behind the HTTP side: database, queue, signals, machines. */
export type Plane = {
  home: Home;
  key: Buffer;
  system: Context;
  queue: JobQueue;
  signals: Signals;
  reach: ReturnType<typeof openReach>;
  uploads: UploadFiles;
};

type Deps = {
  config: Config;
  clock: Clock;
  log: Pino;
  closers: Closers;
  environment: Record<string, string | undefined>;
};

/** Opens it part by part; each is handed to the closers as soon as it stands. Throws the error of the first that fails. */
export async function openPlane(deps: Deps): Promise<Plane> {
  const { config, clock, log, closers } = deps;
  const logger = toLogger(log);
  const home = prepareHome(config.home);
  const key = findSecretKey(config.secretKey, home.keyFile);
  const named = config.databaseUrl ?? undefined;
  const db = await openDatabase({ DATABASE_URL: named }, { dir: home.databaseDir, clock, log: logger });
  closers.add('database', db.stop);
  const applied = await applyMigrations(db.url);
  if (applied.length > 0) log.info({ count: applied.length }, 'The database was brought up to date');
  const opened = openStore({ url: db.url, sealer: createSealer(key), log: logger, clock });
  closers.add('store', opened.close);
  await opened.store.ping();
  const queue = await openQueue({
    databaseUrl: db.url,
    redisUrl: config.redisUrl ?? undefined,
    log: logger,
    clock,
  });
  closers.add('queue', queue.close);
  const signals = openSignals({ url: db.url, log: logger, clock });
  closers.add('signals', signals.close);
  const system: Context = {
    actor: { kind: 'system', name: 'control plane' },
    address: null,
    requestId: null,
    clock,
    newId: createIds(clock),
    log: logger,
    store: opened.store,
    doorbell: queue.doorbell,
  };
  const reach = openReach(system, home, deps.environment);
  closers.add('machines', reach.transport.close);
  return { home, key, system, queue, signals, reach, uploads: createUploadFiles(home.uploadDir) };
}

/** How machines are reached, and what is done there. */
function openReach(system: Context, home: Home, environment: Record<string, string | undefined>) {
  const transport = createTransport({
    environment: machineEnvironment(environment),
    agentSocket: environment.SSH_AUTH_SOCK ?? null,
  });
  const tools = createMachineTools({ engineFile: product.engineFile, clock: system.clock });
  const machines = createMachineStore(system, { localWorkDir: home.workDir });
  return { transport, tools, machines };
}

/** The supervisor of this process. */
export function superviseHere({ system, reach, uploads }: Plane) {
  return createSupervisor(
    {
      runs: createRunStore(system),
      preflights: createPreflightStore(system),
      uploads: createUploadStore(system, uploads),
      machines: reach.machines,
      transport: reach.transport,
      tools: reach.tools,
      clock: system.clock,
      log: system.log,
      newId: system.newId,
      random: () => randomInt(2 ** 32) / 2 ** 32,
    },
    `${process.pid}-${randomUUID()}`,
  );
}
