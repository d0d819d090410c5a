import { type ReplyConsumer, ReplyReader, ReplyScanner } from '@cacheferry/resp';

/** Takes the replies of `EXEC`, `WATCH checkpoint`, `HGET checkpoint epoch`: errors of the first, the value of the last. */
export class ExecReply implements ReplyConsumer {
  readonly exec = new ReplyScanner(1);
  readonly guard = new ReplyReader(2);

  /** `noteZeros`: whether elements that are 0 or less are to be listed. */
  constructor(noteZeros: boolean) {
    if (noteZeros) this.exec.zeros = [];
  }

  get isDone(): boolean {
    return this.guard.isDone;
  }

  /** The epoch that stands in the checkpoint now; `null` when there is none. */
  get epoch(): number | null {
    const value = this.guard.replies[1];
    return Buffer.isBuffer(value) ? Number(value.toString('latin1')) : null;
  }

  feed(chunk: Buffer, start: number): number {
    const at = this.exec.isDone ? start : this.exec.feed(chunk, start);
    return this.exec.isDone && at < chunk.length ? this.guard.feed(chunk, at) : at;
  }
}
