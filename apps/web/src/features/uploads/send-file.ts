import type { Upload } from '@cacheferry/contract';
import type { Clock } from '@cacheferry/kernel';
import { ProblemError } from '../../app/http/problem-error.ts';
import { mib } from '../../ui/format.ts';

type Sending = {
  /** Sends one piece; answers the upload as it is then. */
  send: (id: string, offset: number, piece: Blob, signal: AbortSignal) => Promise<Upload>;
  clock: Clock;
  signal: AbortSignal;
  /** `isWaiting`: the connection has to come back first. */
  onProgress: (upload: Upload, isWaiting: boolean) => void;
};

/** The server takes what arrives within 30 seconds, so on a slow line pieces become smaller. */
const slowMs = 10_000;
const largest = 16 * mib;
const smallest = 256 * 1024;
const longestPauseMs = 15_000;
const mayPass = new Set(['client.unreachable', 'upload.busy', 'upload.interrupted', 'control.db_unavailable']);

/**
 * Sends what is missing of a file, piece by piece. A connection that breaks is waited for, and what arrived counts.
 * Throws `ProblemError` for a refusal that does not pass by itself.
 */
export async function sendFile(file: Blob, begun: Upload, sending: Sending): Promise<Upload> {
  const { clock, signal } = sending;
  let upload = begun;
  let pieceBytes = 4 * mib;
  let failures = 0;
  while (upload.state !== 'complete') {
    const startedAt = clock.monotonic();
    const { id, received } = upload;
    try {
      upload = await sending.send(id, received, file.slice(received, received + pieceBytes), signal);
      sending.onProgress(upload, false);
      failures = 0;
      pieceBytes = nextSize(pieceBytes, clock.monotonic() - startedAt);
    } catch (error) {
      signal.throwIfAborted();
      const offset = offsetOf(error);
      if (offset === undefined && !isPassing(error)) throw error;
      if (offset !== undefined) upload = { ...upload, received: offset };
      sending.onProgress(upload, offset === undefined);
      pieceBytes = Math.max(smallest, pieceBytes / 2);
      await clock.sleep(Math.min(longestPauseMs, 250 * 2 ** failures++), signal);
    }
  }
  return upload;
}

function nextSize(bytes: number, tookMs: number): number {
  if (tookMs > slowMs) return Math.max(smallest, bytes / 2);
  return tookMs < slowMs / 5 ? Math.min(largest, bytes * 2) : bytes;
}

/** Where the server says that the next byte belongs. */
function offsetOf(error: unknown): number | undefined {
  if (!(error instanceof ProblemError) || error.problem.code !== 'upload.wrong_offset') return undefined;
  return Number(error.problem.facts?.offset);
}

const isPassing = (error: unknown): boolean => error instanceof ProblemError && mayPass.has(error.problem.code);
