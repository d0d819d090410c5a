import type { Readable } from 'node:stream';
import type { StreamOptions } from '@cacheferry/domain';
import { drain, type OpenChannel } from './channel.ts';
import { collectTail } from './collect.ts';
import { unlessAborted } from './within.ts';

const errorTailBytes = 8 << 10;

/** Runs a program and hands its output on piece by piece; while `onBytes` works, the program is not read from. */
export async function streamProgram(
  open: OpenChannel,
  argv: readonly string[],
  options: StreamOptions,
): Promise<{ exitCode: number; stderr: string }> {
  const channel = await open(argv, { signal: options.signal, hasInput: true });
  const failed = new AbortController();
  const stop = () => failed.abort(options.signal?.reason);
  options.signal?.addEventListener('abort', stop, { once: true });
  if (options.signal?.aborted) stop();
  try {
    const stderr = collectTail(channel.stderr, errorTailBytes);
    if (options.stdin !== undefined) channel.stdin.end(options.stdin);
    const handedOn = handOn(channel.stdout, options.onBytes, (error) => failed.abort(error));
    const exitCode = await unlessAborted(channel.ended, failed.signal);
    await unlessAborted(handedOn(), failed.signal);
    return { exitCode, stderr: stderr() };
  } catch (error) {
    drain(channel.stdout, channel.stderr);
    channel.abandon();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

/** Returns a function that waits until everything received so far was handed on. */
function handOn(
  stream: Readable,
  onBytes: StreamOptions['onBytes'],
  onError: (error: unknown) => void,
): () => Promise<void> {
  let work = Promise.resolve();
  stream.on('data', (bytes: Buffer) => {
    stream.pause();
    work = work.then(async () => {
      await onBytes(bytes);
      stream.resume();
    });
    work.catch(onError);
  });
  return () => work;
}
