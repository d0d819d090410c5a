import type { Clock } from '@cacheferry/kernel';
import type { FastifyReply } from 'fastify';

/** One open `text/event-stream`. */
export type SseStream = {
  /** Aborted once the client is gone or the stream was ended. */
  readonly closed: AbortSignal;
  /** Bytes that the client has not taken yet. */
  readonly waitingBytes: number;
  /** Sends and waits until the client keeps up; false when it is gone. */
  send(text: string): Promise<boolean>;
  /** Sends without waiting: for what is small, or what may be lost. */
  post(text: string): void;
  end(): void;
};

const drainPatienceMs = 60_000;

/** One frame. An id is what a client that comes back goes on from. */
export function sseFrame(event: string, data: unknown, id: number | null = null): string {
  return `${id === null ? '' : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Turns a reply into a stream. A client that takes nothing for a minute is cut off. */
export function openSse(reply: FastifyReply, clock: Clock): SseStream {
  const response = reply.raw;
  const closing = new AbortController();
  reply.hijack();
  response.once('close', () => closing.abort());
  response.on('error', () => closing.abort());
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store, no-transform',
    'x-accel-buffering': 'no',
  });
  response.write('retry: 1000\n\n');
  return {
    closed: closing.signal,
    get waitingBytes() {
      return response.writableLength;
    },
    send: async (text) => {
      if (closing.signal.aborted) return false;
      if (response.write(text)) return true;
      const hasDrained = await drained(response, closing.signal, clock);
      if (!hasDrained) response.destroy();
      return hasDrained;
    },
    post: (text) => {
      if (!closing.signal.aborted) response.write(text);
    },
    end: () => {
      if (!closing.signal.aborted) response.end();
      closing.abort();
    },
  };
}

async function drained(response: FastifyReply['raw'], closed: AbortSignal, clock: Clock): Promise<boolean> {
  const waiting = new AbortController();
  const stop = () => waiting.abort();
  let isDry = false;
  const onDrain = () => {
    isDry = true;
    stop();
  };
  response.once('drain', onDrain);
  closed.addEventListener('abort', stop, { once: true });
  // Either event ends the wait by aborting it.
  await clock.sleep(drainPatienceMs, waiting.signal).catch(() => {});
  response.off('drain', onDrain);
  closed.removeEventListener('abort', stop);
  return isDry;
}
