import { createHash } from 'node:crypto';
import { type Clock, FerryError } from '@cacheferry/kernel';
import type { FastifyReply } from 'fastify';
import { openSse, type SseStream } from './sse-stream.ts';

/** Whose a stream is: streams are counted by session (or token) and by user. */
export type StreamOwner = { sessionKey: string; userId: string };

/** All open streams of this process. */
export type Streams = {
  readonly count: number;
  /** Opens one; `isAllowed` is asked with every beat. Throws `request.too_many_streams`, or `request.stopping`. */
  open(reply: FastifyReply, owner: StreamOwner, isAllowed: () => Promise<boolean>): SseStream;
  /** Ends every stream of a session that is over. */
  endSession(sessionKey: string): void;
  endAll(): void;
};

const perSession = 20;
const perUser = 200;
const beatMs = 15_000;

/** What a session's or token's streams are counted under; the token itself is not kept. */
export const sessionKeyOf = (token: string): string => createHash('sha256').update(token).digest('base64url');

/** Makes the list of open streams. */
export function createStreams(clock: Clock): Streams {
  const open = new Map<SseStream, StreamOwner>();
  let isStopping = false;
  const admit = ({ sessionKey, userId }: StreamOwner): void => {
    if (isStopping) throw new FerryError('request.stopping');
    const owners = [...open.values()];
    if (owners.filter((one) => one.sessionKey === sessionKey).length >= perSession)
      throw new FerryError('request.too_many_streams', { limit: perSession });
    if (owners.filter((one) => one.userId === userId).length >= perUser)
      throw new FerryError('request.too_many_streams', { limit: perUser });
  };
  return {
    get count() {
      return open.size;
    },
    open: (reply, owner, isAllowed) => {
      admit(owner);
      const stream = openSse(reply, clock);
      open.set(stream, owner);
      stream.closed.addEventListener('abort', () => open.delete(stream), { once: true });
      void beat(stream, clock, isAllowed);
      return stream;
    },
    endSession: (sessionKey) => {
      for (const [stream, owner] of open) if (owner.sessionKey === sessionKey) stream.end();
    },
    endAll: () => {
      isStopping = true;
      for (const stream of open.keys()) stream.end();
    },
  };
}

/** A comment tells client and proxies that the stream lives; whoever lost the right to it loses the stream. */
async function beat(stream: SseStream, clock: Clock, isAllowed: () => Promise<boolean>): Promise<void> {
  for (;;) {
    await clock.sleep(beatMs, stream.closed).catch(() => {});
    if (stream.closed.aborted) return;
    // A database that does not answer takes nobody's right away.
    const isStill = await isAllowed().catch(() => true);
    if (!isStill) return stream.end();
    stream.post(': beat\n\n');
  }
}
