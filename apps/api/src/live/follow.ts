import type { Feed } from './feed.ts';
import { type SseStream, sseFrame } from './sse-stream.ts';

/**
 * Sends the newest progress, every event after an id, and then what comes, until the client is gone. Rows are read only
 * as fast as the client takes them, so a slow one costs no memory; of several progresses it gets the newest.
 */
export async function follow(stream: SseStream, feed: Feed, after: number): Promise<void> {
  let lastId = Math.min(after, feed.lastId);
  let sentProgress: string | null = null;
  while (!stream.closed.aborted) {
    const { version, progress } = feed;
    if (progress !== null && progress !== sentProgress) {
      sentProgress = progress;
      await stream.send(progress);
    }
    const frames = await feed.framesAfter(lastId);
    if (frames.length > 0) {
      lastId = frames.at(-1)?.id ?? lastId;
      await stream.send(frames.map(({ text }) => text).join(''));
    } else if (feed.isGone) {
      await stream.send(sseFrame('end', {}));
      return stream.end();
    } else await feed.changed(version, stream.closed);
  }
}
