import { randomUUID } from 'node:crypto';
import { FerryError } from '@cacheferry/kernel';
import { remoteDigest } from './digest.ts';
import { type Host, must } from './host-command.ts';

/** Brings the bytes of a local file to a new file on the machine. */
export type Upload = (localFile: string, remoteFile: string, signal?: AbortSignal) => Promise<void>;
export type PutOptions = { mode: number; sha256: string; signal?: AbortSignal };

const moveScript = 'chmod "$1" "$2" && mv -f "$2" "$3"';

/** Copies a file under a temporary name, has the machine sum it up, then renames it: a half or damaged copy is never seen. */
export async function putFile(
  to: { link: Host; upload: Upload },
  localFile: string,
  remoteFile: string,
  options: PutOptions,
): Promise<void> {
  const { link, upload } = to;
  const part = `${remoteFile}.${randomUUID()}.part`;
  try {
    await upload(localFile, part, options.signal);
    const digest = await remoteDigest(link, part, options.signal);
    if (digest !== options.sha256)
      throw new FerryError('machine.upload_damaged', { host: link.host, path: remoteFile });
    const mode = options.mode.toString(8);
    await must(link, ['sh', '-c', moveScript, 'sh', mode, part, remoteFile], { path: remoteFile });
  } catch (error) {
    await removePart(link, part, error);
    throw error;
  }
}

async function removePart(link: Host, part: string, reason: unknown): Promise<void> {
  try {
    await link.run(['rm', '-f', part], { timeoutMs: 5_000 });
  } catch (error) {
    // The first failure is the one to report; without a connection the part stays until the next installation sweeps it.
    if (reason instanceof FerryError) return;
    throw error;
  }
}
