/** An end that is read by SCAN: one server, or a cluster as a whole. */
export interface ScannedEnd {
  /** Whether it tells which keys change. */
  readonly isTelling: boolean;
  /** Whether changes may have been missed since it was listened to. */
  readonly isBroken: boolean;
  /** Everything that it holds, in the form of an RDB, piece by piece. A key may come twice, the later value is the newer. */
  scan(signal: AbortSignal): AsyncGenerator<Buffer>;
  /** The commands that bring some changed keys to what they are now; null when there are none for now. */
  changes(signal: AbortSignal): Promise<Buffer | null>;
  /** Listens from now on for changes, where it does not do so already. */
  listen(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
