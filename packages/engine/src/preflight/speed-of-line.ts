import type { Clock } from '@cacheferry/kernel';
import { type Reply, ReplyError } from '@cacheferry/resp';
import type { ServerNode } from './server-node.ts';
import { kib } from './units.ts';

const pieceBytes = 64 * kib;
const piecesAtOnce = 16;
const mostPieces = 256;
const longestMs = 1_000;
/** A server that does so much is not loaded further. */
const busyOps = 20_000;

/** `busy`: it was not tried; `refused`: the server does not echo. */
export type LineSpeed = { bytesPerSecond: number | 'busy' | 'refused'; ops: number };

/** What a server sends here in a second: it echoes, which writes nothing. */
export async function speedOfLine(node: ServerNode, clock: Clock): Promise<LineSpeed> {
  const ops = (await node.info()).number('instantaneous_ops_per_sec') ?? 0;
  if (ops > busyOps) return { bytesPerSecond: 'busy', ops };
  const connection = await node.open();
  try {
    const piece = Buffer.alloc(pieceBytes, 'x');
    const round = new Array<readonly ['ECHO', Buffer]>(piecesAtOnce).fill(['ECHO', piece]);
    const start = clock.monotonic();
    let pieces = 0;
    while (pieces < mostPieces && clock.monotonic() - start < longestMs) {
      const replies = await connection.pipeline(round);
      if (replies.some(isRefused)) return { bytesPerSecond: 'refused', ops };
      pieces += replies.length;
    }
    const seconds = Math.max(1, clock.monotonic() - start) / 1_000;
    return { bytesPerSecond: (pieces * pieceBytes) / seconds, ops };
  } finally {
    await connection.close();
  }
}

const isRefused = (reply: Reply): boolean => reply instanceof ReplyError;
