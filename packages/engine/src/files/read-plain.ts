import { classifyFileError } from '../state/file-error.ts';
import { openFile } from './open-file.ts';

const pieceBytes = 524_288;

/**
 * The bytes of a file from one place to another. The next piece is read while the caller works on the one before; a piece
 * is valid until the next one is asked for.
 *
 * Throws `host.file_failed`, and the signal's reason.
 */
export async function* readPlain(
  path: string | Buffer,
  { from, to, signal }: { from: number; to: number; signal: AbortSignal },
): AsyncGenerator<Buffer> {
  const { file } = await openFile(path);
  const buffers = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)] as const;
  let at = from;
  const readNext = async (buffer: Buffer): Promise<Buffer> => {
    const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, to - at), at);
    at += bytesRead;
    return buffer.subarray(0, bytesRead);
  };
  let ahead = readNext(buffers[0]);
  try {
    for (let turn = 1; ; turn ^= 1) {
      const piece = await ahead;
      signal.throwIfAborted();
      if (piece.length === 0) return;
      ahead = readNext(buffers[turn as 0 | 1]);
      ahead.catch(() => {});
      yield piece;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw classifyFileError(error, String(path));
  } finally {
    await ahead.catch(() => {});
    await file.close();
  }
}
