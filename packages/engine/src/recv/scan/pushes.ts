import { type Reply, type ReplyConsumer, ReplyReader } from '@cacheferry/resp';

/** Replies that never end. */
export class Pushes implements ReplyConsumer {
  readonly isDone = false;
  readonly #take: (message: Reply) => void;
  #reader = new ReplyReader(1);

  constructor(take: (message: Reply) => void) {
    this.#take = take;
  }

  feed(chunk: Buffer, start: number): number {
    let at = start;
    while (at < chunk.length) {
      at = this.#reader.feed(chunk, at);
      if (!this.#reader.isDone) continue;
      this.#take(this.#reader.replies[0] as Reply);
      this.#reader = new ReplyReader(1);
    }
    return at;
  }
}
