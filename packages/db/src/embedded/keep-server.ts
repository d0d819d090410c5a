import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import { type Clock, FerryError, type Logger } from '@cacheferry/kernel';
import { clearLeftovers } from './leftovers.ts';
import type { Place } from './place.ts';
import { endServer, hasEnded, spawnServer } from './server-process.ts';

/** A server that is started again, on the same port, whenever it ends without being asked to. */
export type KeptServer = { readonly pid: number; readonly port: number; stop: () => Promise<void> };

type Deps = { place: Place; password: string; clock: Clock; log: Logger };

/** Starts the server on a free port and keeps it running until `stop`. Throws `db.embedded_failed`. */
export async function keepServer(deps: Deps): Promise<KeptServer> {
  const first = await startOnFreePort(deps);
  const { port } = first;
  let { child } = first;
  let isStopping = false;
  let restarting: Promise<void> = Promise.resolve();
  const watch = (started: ChildProcess): void => {
    child = started;
    const onEnd = () => {
      if (!isStopping) restarting = restart();
    };
    if (hasEnded(started)) onEnd();
    else started.once('exit', onEnd);
  };
  const restart = async (): Promise<void> => {
    while (!isStopping) {
      deps.log.warn('the embedded PostgreSQL ended by itself and is started again', { port });
      try {
        await clearLeftovers(deps.place, deps.clock, deps.log);
        return watch(await spawnServer(deps.place, deps.password, port, deps.clock));
      } catch (error) {
        deps.log.error('the embedded PostgreSQL did not start', { error: String(error) });
        await deps.clock.sleep(1_000);
      }
    }
  };
  watch(child);
  // Should this process end without a stop, the server does not outlive it.
  const onExit = () => void child.kill('SIGINT');
  process.once('exit', onExit);
  return {
    get pid() {
      return child.pid as number;
    },
    port,
    stop: async () => {
      isStopping = true;
      process.off('exit', onExit);
      await restarting;
      await endServer(child, deps.clock);
    },
  };
}

/** Another port is tried when somebody took the first one meanwhile. */
async function startOnFreePort(deps: Deps): Promise<{ child: ChildProcess; port: number }> {
  const { place, password, clock } = deps;
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    try {
      return { child: await spawnServer(place, password, port, clock), port };
    } catch (error) {
      const reason = lastComplaint(place.logFile) || String(error);
      if (attempt === 3) throw new FerryError('db.embedded_failed', { reason, log: place.logFile }, error);
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

function lastComplaint(file: string): string {
  const lines = fs.readFileSync(file, 'utf8').slice(-65_536).trim().split('\n');
  return lines.findLast((line) => /FATAL|PANIC|ERROR|error/.test(line)) ?? lines.at(-1) ?? '';
}
