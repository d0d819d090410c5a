import { ensureLocalMachine } from '@cacheferry/domain';
import { type FerryError, systemClock, toFerryError } from '@cacheferry/kernel';
import type { Logger as Pino } from 'pino';
import { type Config, readConfig } from '../config.ts';
import { checkPort } from './check-port.ts';
import { createClosers } from './closers.ts';
import { createLog } from './log.ts';
import { openPlane, superviseHere } from './open-plane.ts';
import { serve } from './serve.ts';
import { startWorker } from './worker.ts';

/** The control plane in this process. `stop` ends it in order, also while it still starts; twice is once. */
export type Running = { started: Promise<void>; stop: () => Promise<void>; log: Pino };

type Surroundings = { environment: Record<string, string | undefined>; say: (line: string) => void };

/**
 * Starts what the role asks for. `started` rejects with the error of the first part that cannot start, after those that
 * did have been stopped. Throws `config.invalid` at once.
 */
export function startProcess({ environment, say }: Surroundings): Running {
  const config = readConfig(environment);
  const log = createLog(config.logLevel);
  const closers = createClosers();
  const onError = (name: string, error: unknown) => log.warn({ part: name, err: error }, 'A part did not stop cleanly');
  const opening = startParts(config, { log, closers, environment, say });
  let stopped: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await opening.catch(() => {});
    await closers.closeAll(onError);
  };
  const stop = () => (stopped ??= close());
  const started = opening.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { started, stop, log };
}

type Parts = Surroundings & { log: Pino; closers: ReturnType<typeof createClosers> };

/** The order of opening is, backwards, that of closing: HTTP first, then jobs, then machines, queue and database. */
async function startParts(config: Config, { log, closers, environment, say }: Parts): Promise<void> {
  if (config.role !== 'worker') await checkPort(config);
  const plane = await openPlane({ config, clock: systemClock, log, closers, environment });
  await ensureLocalMachine(plane.system);
  if (config.role !== 'api') closers.add('worker', startWorker(plane, superviseHere(plane)));
  if (config.role === 'worker') return say('cacheferry worker is ready');
  const app = await serve(plane, config, log, say);
  closers.add('http', async () => {
    app.stopServing();
    await app.close();
  });
}

/** The one line that a start which failed ends with. */
export function lastWords(thrown: unknown): { line: string; exitCode: number; error: FerryError } {
  const error = toFerryError(thrown);
  const text = error.code === 'internal.unexpected' ? `${error.message} (${error.detail})` : error.message;
  const line = `error[${error.code}]: ${text}. fix: ${error.fix}`.replace(/\s*\n\s*/g, ' ');
  return { line, exitCode: error.spec.exit, error };
}
