import fs from 'node:fs/promises';
import { FerryError } from '@cacheferry/kernel';
import { localChannels } from './local-channel.ts';
import type { Upload } from './put-file.ts';
import { programLink, type RemoteLink } from './remote-link.ts';

const host = 'this machine';

/** This machine as a link: programs are child processes, files are copied. It is never lost. */
export function openLocalLink(environment: Record<string, string>): RemoteLink {
  const running = new Set<() => void>();
  let settle: (reason: null) => void = () => {};
  const closed = new Promise<null>((resolve) => {
    settle = resolve;
  });
  const start = localChannels(environment);
  return programLink({
    host,
    open: async (argv, options) => {
      const channel = await start(argv, options);
      running.add(channel.abandon);
      const forget = () => running.delete(channel.abandon);
      channel.ended.then(forget, forget);
      return channel;
    },
    upload: copyFile,
    closed,
    close: () => {
      for (const abandon of running) abandon();
      settle(null);
    },
  });
}

const copyFile: Upload = async (localFile, targetFile, signal) => {
  signal?.throwIfAborted();
  try {
    await fs.copyFile(localFile, targetFile, fs.constants.COPYFILE_EXCL);
    await fs.chmod(targetFile, 0o600);
  } catch (error) {
    throw copyError(error, targetFile);
  }
};

function copyError(error: unknown, path: string): FerryError {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return new FerryError('machine.no_space', { host, path }, error);
  if (code === 'EACCES' || code === 'EROFS' || code === 'EPERM' || code === 'ENOTDIR')
    return new FerryError('machine.not_writable', { host, path }, error);
  const detail = String(code);
  return new FerryError('machine.command_failed', { host, program: 'copy', exitCode: 1, detail }, error);
}
