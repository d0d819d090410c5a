import type { Connection, RawReplies } from '@cacheferry/resp';

/** What a check asks of one side: a connection to one server has it, and a cluster as a whole. */
export type SideLink = Pick<Connection, 'endpoint' | 'call' | 'pipeline' | 'classify' | 'close'> & {
  /** Sends commands that are protocol already, each with one reply of one leaf (SCAN excepted). */
  send(commands: Buffer, into: RawReplies): Promise<void>;
};
