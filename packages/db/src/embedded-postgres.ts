import { type Clock, type Logger, silentLogger, systemClock } from '@cacheferry/kernel';
import pg from 'pg';
import { takeFolder } from './embedded/folder-owner.ts';
import { ensureDataFolder, readPassword } from './embedded/initialise.ts';
import { findPlace } from './embedded/place.ts';
import { keepServer } from './embedded/keep-server.ts';
import { clearLeftovers } from './embedded/leftovers.ts';
import { serverUrl } from './embedded/server-process.ts';

/** A database that can be used until `stop`. `url` holds its password. `embedded` is there for the server of our own. */
export type Database = {
  url: string;
  embedded?: { server: { readonly pid: number; readonly port: number }; dataDir: string; logFile: string };
  stop: () => Promise<void>;
};

export type EmbeddedOptions = {
  /** Holds data, log and password of the server. */
  dir: string;
  database?: string;
  clock?: Clock;
  log?: Logger;
};

/**
 * Starts a PostgreSQL from the installed packages as a child process, on a free port of loopback, with its data in
 * `dir`; the first start makes the data. One process at a time may have a folder; a server that a killed owner left
 * behind is stopped first, and one that dies is started again on its port.
 *
 * Throws `db.in_use`, `db.no_embedded`, `db.embedded_failed`.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<Database> {
  const { clock = systemClock, log = silentLogger, database = 'cacheferry' } = options;
  const place = await findPlace(options.dir, log);
  const release = takeFolder(place.dir);
  try {
    const password = readPassword(place);
    ensureDataFolder(place, password);
    await clearLeftovers(place, clock, log);
    const server = await keepServer({ place, password, clock, log });
    try {
      await ensureDatabase(serverUrl(password, server.port, 'postgres'), database);
    } catch (error) {
      await server.stop();
      throw error;
    }
    const { dataDir, logFile } = place;
    const url = serverUrl(password, server.port, database);
    let stopped: Promise<void> | undefined;
    const stop = () => (stopped ??= server.stop().finally(release));
    return { url, embedded: { server, dataDir, logFile }, stop };
  } catch (error) {
    release();
    throw error;
  }
}

async function ensureDatabase(url: string, name: string): Promise<void> {
  const client = new pg.Client(url);
  client.on('error', () => {});
  await client.connect();
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (found.rowCount === 0) await client.query(`create database ${pg.escapeIdentifier(name)}`);
  } finally {
    await client.end();
  }
}
