import type { StoredEvent } from '@cacheferry/contract';
import { type Context, getProgressEvent, listEventsAfter, listLogs } from '@cacheferry/domain';
import { toFerryError } from '@cacheferry/kernel';
import { sseFrame } from './sse-stream.ts';

type Frame = { id: number; text: string };

/** The newest events of one migration or check, read once for everybody who follows it. */
export type Feed = {
  /** Rises with every change. */
  readonly version: number;
  /** The newest progress as a frame, and whether the object is gone. */
  readonly progress: string | null;
  readonly isGone: boolean;
  /** The highest id that is stored, as far as is known. */
  readonly lastId: number;
  /** Frames after an id, as many as fit one write; from memory when they are recent, else from the database. */
  framesAfter(id: number): Promise<Frame[]>;
  /** Resolves when the version is another than this one, or the signal is aborted. */
  changed(version: number, signal: AbortSignal): Promise<void>;
  /** Something may have changed: looks. */
  refresh(): void;
  remove(): void;
};

const keptCharacters = 1024 * 1024;
const batch = 500;
/** Between two looks: a burst of signals is one look. */
const restMs = 40;

/** Opens the feed of a migration or check. Throws `request.not_found`. */
export async function openFeed(ctx: Context, objectId: string): Promise<Feed> {
  const { lastId } = await listLogs(ctx, objectId, { limit: 1 });
  const feed = new ObjectFeed(ctx, objectId, lastId);
  await feed.look();
  return feed;
}

const frameOf = (event: StoredEvent): Frame => ({ id: event.id ?? 0, text: sseFrame(event.type, event, event.id) });

class ObjectFeed implements Feed {
  version = 0;
  progress: string | null = null;
  isGone = false;
  lastId: number;
  readonly #ctx: Context;
  readonly #objectId: string;
  readonly #waiting = new Set<() => void>();
  /** Recent frames, all of them after `#floor`. */
  #recent: Frame[] = [];
  #characters = 0;
  #floor: number;
  #isLooking = false;
  #isAsked = false;

  constructor(ctx: Context, objectId: string, lastId: number) {
    this.#ctx = ctx;
    this.#objectId = objectId;
    this.lastId = lastId;
    this.#floor = lastId;
  }

  async framesAfter(id: number): Promise<Frame[]> {
    if (id >= this.#floor) {
      const from = this.#recent.findIndex((frame) => frame.id > id);
      return from < 0 ? [] : this.#recent.slice(from, from + batch);
    }
    const events = await listEventsAfter(this.#ctx, this.#objectId, { after: id, limit: batch });
    return events.map(frameOf);
  }

  changed(version: number, signal: AbortSignal): Promise<void> {
    if (this.version !== version || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#waiting.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  refresh(): void {
    this.#isAsked = true;
    if (!this.#isLooking) void this.#keepLooking();
  }

  remove(): void {
    this.isGone = true;
    this.#wake();
  }

  /** Reads what is new. */
  async look(): Promise<void> {
    const events = await listEventsAfter(this.#ctx, this.#objectId, { after: this.lastId, limit: batch });
    const progress = await getProgressEvent(this.#ctx, this.#objectId);
    const text = progress && sseFrame('progress', progress);
    if (events.length === 0 && text === this.progress) return;
    this.progress = text;
    for (const event of events) this.#keep(frameOf(event));
    if (events.length === batch) this.#isAsked = true;
    this.#wake();
  }

  async #keepLooking(): Promise<void> {
    this.#isLooking = true;
    while (this.#isAsked && !this.isGone) {
      this.#isAsked = false;
      try {
        await this.look();
      } catch (thrown) {
        const error = toFerryError(thrown);
        if (error.code === 'request.not_found') this.remove();
        // The next signal, or the poll, looks again.
        else this.#ctx.log.warn('The events of a stream could not be read', { code: error.code, cause: error.detail });
      }
      await this.#ctx.clock.sleep(restMs);
    }
    this.#isLooking = false;
  }

  #keep(frame: Frame): void {
    this.#recent.push(frame);
    this.lastId = frame.id;
    this.#characters += frame.text.length;
    while (this.#characters > keptCharacters && this.#recent.length > 1) {
      const oldest = this.#recent.shift() as Frame;
      this.#characters -= oldest.text.length;
      this.#floor = oldest.id;
    }
  }

  #wake(): void {
    this.version++;
    for (const done of [...this.#waiting]) done();
  }
}
