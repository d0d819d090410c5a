import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FerryError } from '@cacheferry/kernel';
import { drain, type OpenChannel } from './channel.ts';
import { collectTail } from './collect.ts';
import { hostError } from './host-command.ts';
import type { Upload } from './put-file.ts';
import type { SshSessions } from './ssh-sessions.ts';
import { unlessAborted } from './within.ts';

/**
 * Uploads by sftp; where that fails in any way but a lost connection, through `cat`: for servers without sftp, and because
 * `cat` says what is wrong (sftp calls a full disk just "Failure").
 */
export function sshUpload(sessions: SshSessions, host: string): Upload {
  return async (localFile, remoteFile, signal) => {
    try {
      await bySftp(sessions, localFile, remoteFile, signal);
    } catch {
      signal?.throwIfAborted();
      await byCat(sessions.open.bind(sessions), host, { localFile, remoteFile }, signal);
    }
  };
}

async function bySftp(
  sessions: SshSessions,
  localFile: string,
  remoteFile: string,
  signal?: AbortSignal,
): Promise<void> {
  const { sftp, closed } = await sessions.openSftp(signal);
  const gone = closed.then(() => {
    throw new Error('the session ended');
  });
  gone.catch(() => {});
  try {
    const copied = new Promise<void>((resolve, reject) => {
      sftp.fastPut(localFile, remoteFile, { mode: 0o600, concurrency: 32 }, (error) =>
        error ? reject(error) : resolve(),
      );
    });
    await unlessAborted(Promise.race([copied, gone]), signal);
  } finally {
    sftp.end();
  }
}

async function byCat(
  open: OpenChannel,
  host: string,
  { localFile, remoteFile }: { localFile: string; remoteFile: string },
  signal?: AbortSignal,
): Promise<void> {
  const argv = ['sh', '-c', 'cat > "$1"', 'sh', remoteFile];
  const channel = await open(argv, { signal, hasInput: true });
  const stderr = collectTail(channel.stderr, 8 << 10);
  channel.stdout.resume();
  const over = new AbortController();
  const sent = pipeline(createReadStream(localFile), channel.stdin, { signal: over.signal });
  sent.catch(() => {});
  try {
    const exitCode = await unlessAborted(channel.ended, signal);
    if (exitCode !== 0) throw hostError(host, argv, remoteFile, { exitCode, stdout: '', stderr: stderr() });
    await sent;
  } catch (error) {
    if (!(error instanceof FerryError)) channel.abandon();
    throw error;
  } finally {
    over.abort(new Error('the upload is over'));
    drain(channel.stdout, channel.stderr);
  }
}
