import { FerryError } from '@cacheferry/kernel';

const reasons: Record<string, string> = {
  ENOENT: 'it does not exist',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'its disk is read-only',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of the path is no folder',
  EMFILE: 'too many files are open',
  EIO: 'the disk failed',
};

/** The error of the catalogue for a file operation that failed. */
export function classifyFileError(error: unknown, path: string): FerryError {
  if (error instanceof FerryError) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new FerryError('host.disk_full', { path }, error);
  if (typeof code !== 'string') return new FerryError('internal.unexpected', {}, error);
  return new FerryError('host.file_failed', { path, reason: reasons[code] ?? code }, error);
}

/** Does something with a file. Throws the error of the catalogue where that fails. */
export function withFile<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw classifyFileError(error, path);
  }
}
