/** An error reply of a server, as a value: its first word and its whole text. It is no exception by itself. */
export class ReplyError {
  /** First word in capitals: `ERR`, `NOAUTH`, `BUSYKEY` … */
  readonly prefix: string;
  readonly message: string;

  constructor(message: string) {
    this.message = message;
    this.prefix = /^[A-Z][A-Z0-9_-]*/.exec(message)?.[0] ?? 'ERR';
  }

  toString(): string {
    return this.message;
  }
}

/**
 * One reply. Status → string, bulk → Buffer, integer → number (bigint beyond 2^53−1), null → null, error → ReplyError,
 * array, set and map (keys and values in turn) → array.
 */
export type Reply = string | number | bigint | boolean | null | Buffer | ReplyError | Reply[];

/** Takes the bytes of one or more replies, in pieces of any size. */
export interface ReplyConsumer {
  /** Consumes from `at` on and returns the position behind what it took; throws `protocol.malformed`. */
  feed(chunk: Buffer, at: number): number;
  readonly isDone: boolean;
  /** Whether it has no more need of a piece once `feed` has returned: else what it made of it may point into the piece. */
  readonly keepsNothing?: true;
}
