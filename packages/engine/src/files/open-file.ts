import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { FerryError } from '@cacheferry/kernel';
import { classifyFileError } from '../state/file-error.ts';

/**
 * Opens an ordinary file to be read. A pipe or a device, which might never end or never answer, is refused.
 *
 * Throws `host.file_failed`.
 */
export async function openFile(path: string | Buffer): Promise<{ file: FileHandle; size: number }> {
  let file: FileHandle | null = null;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const found = await file.stat();
    if (found.isFile()) return { file, size: found.size };
    const reason = found.isDirectory() ? 'it is a folder' : 'it is no ordinary file';
    throw new FerryError('host.file_failed', { path: String(path), reason });
  } catch (error) {
    await file?.close();
    throw classifyFileError(error, String(path));
  }
}
