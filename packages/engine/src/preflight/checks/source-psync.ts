import { type Reply, ReplyError, safeText } from '@cacheferry/resp';
import { byStream, type Check, type Finding, onEachNode } from '../check.ts';
import { productOf } from '../product.ts';
import { isDenied, isUnknownCommand, type ServerNode } from '../server-node.ts';

/** Whether the source hands out its replication stream. Asked so that no full sync begins. */
export const sourcePsync: Check = {
  id: 'source.psync',
  scope: 'source',
  outcomes: {
    accepted: { status: 'pass', message: '{endpoint} hands out its replication stream' },
    refused: {
      status: 'fail',
      message: '{endpoint} refuses PSYNC: {reason}',
      fix: 'Allow PSYNC and REPLCONF, or read the source by SCAN: redis-scan:// in place of redis://.',
    },
    unknown: {
      status: 'fail',
      message: '{endpoint} does not know PSYNC: it was renamed or disabled',
      fix: 'Take rename-command PSYNC out of its configuration, or read the source by SCAN: redis-scan:// in place of redis://.',
    },
  },
  applies: byStream,
  run: ({ source }) => onEachNode(source, async (node) => judgePsync(await probePsync(node))),
};

/**
 * From 7.0 on a wrong offset is refused before anything begins. Before, it would begin a full sync: there the command is
 * queued in a transaction that is discarded, or looked up by name.
 */
export async function probePsync(node: ServerNode): Promise<Reply> {
  const product = productOf(await node.info());
  const connection = await node.open();
  try {
    if ((product?.redisNumber ?? 0) >= 70_000) return await one(connection, 'PSYNC', '?', 'x');
    const multi = await one(connection, 'MULTI');
    if (!(multi instanceof ReplyError)) return await one(connection, 'PSYNC', '?', 'x');
    const known = await one(connection, 'COMMAND', 'INFO', 'psync');
    const isMissing = Array.isArray(known) && !Array.isArray(known[0]);
    return isMissing ? new ReplyError('ERR unknown command') : 'QUEUED';
  } finally {
    await connection.close();
  }
}

type Asker = Awaited<ReturnType<ServerNode['open']>>;
const one = async (connection: Asker, ...command: string[]): Promise<Reply> =>
  (await connection.pipeline([command]))[0] as Reply;

/** Any answer about the offset, or about a transaction, comes after the rights were tested. */
export function judgePsync(reply: Reply): Finding {
  const expected = 'accepted';
  if (isUnknownCommand(reply)) return { outcome: 'unknown', observed: 'unknown command', expected };
  if (isDenied(reply)) {
    const facts = { reason: safeText(reply.message) };
    return { outcome: 'refused', observed: facts.reason, expected, facts };
  }
  return { outcome: 'accepted', observed: 'accepted', expected };
}
