import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { readManifest } from '@cacheferry/rdb';
import { classifyFileError } from '../state/file-error.ts';

/**
 * The files of an AOF in the order in which they are loaded: the file itself, or those that the manifest of a multi-part
 * AOF names. `name` is a file, an appendonlydir or its manifest.
 *
 * Throws `aof.bad_manifest`, also for a part that lies outside of the manifest's folder, and `host.file_failed`.
 */
export async function findAofParts(name: string): Promise<(string | Buffer)[]> {
  try {
    const manifest = await manifestOf(name);
    if (manifest === null) return [name];
    const folder = path.dirname(String(manifest));
    const parts = readManifest(await readFile(manifest), String(manifest)).map((part) => join(folder, part.name));
    const home = Buffer.concat([await realpath(folder, 'buffer'), Buffer.from(path.sep)]);
    for (const file of [manifest, ...parts]) {
      const real = await realpath(file, 'buffer');
      if (real.subarray(0, home.length).equals(home)) continue;
      throw new FerryError('aof.bad_manifest', { file: String(manifest), reason: 'it points outside of its folder' });
    }
    return parts;
  } catch (error) {
    throw classifyFileError(error, name);
  }
}

/** The manifest that a name stands for; null when it is a file with commands. */
async function manifestOf(name: string): Promise<Buffer | null> {
  if (!(await stat(name)).isDirectory()) return name.endsWith('.manifest') ? Buffer.from(name) : null;
  const names = await readdir(name, { encoding: 'buffer' });
  const manifests = names.filter((file) => file.toString('latin1').endsWith('.manifest'));
  if (manifests.length === 1) return join(name, manifests[0] as Buffer);
  const reason = `the folder holds ${manifests.length === 0 ? 'none' : 'more than one'}`;
  throw new FerryError('aof.bad_manifest', { file: name, reason });
}

/** Names need not be valid text. */
const join = (folder: string, name: Buffer) => Buffer.concat([Buffer.from(folder + path.sep), name]);
