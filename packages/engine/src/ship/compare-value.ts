import { type RdbMagic, readValue, sortValue } from '@cacheferry/rdb';
import { ReplyError } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';

/** Version and checksum at the end of a DUMP payload. */
const footerBytes = 10;

/** Whether a key of the target holds the value of a DUMP payload, however the two are encoded. */
export async function isSameOnTarget(
  connection: TargetLink,
  wanted: { db: number; key: Buffer; payload: Buffer; magic: RdbMagic },
): Promise<boolean> {
  const replies = await connection.pipeline([
    ['SELECT', wanted.db],
    ['DUMP', wanted.key],
  ]);
  for (const reply of replies) if (reply instanceof ReplyError) throw connection.classify(reply, 'DUMP');
  const dump = replies[1];
  if (!Buffer.isBuffer(dump)) return false;
  return dump.equals(wanted.payload) || canonical(dump, wanted.magic) === canonical(wanted.payload, wanted.magic);
}

/** The value of a DUMP payload as a text that does not depend on how a server keeps it. */
function canonical(payload: Buffer, magic: RdbMagic): string {
  const body = payload.subarray(1, payload.length - footerBytes);
  const value = sortValue(readValue(payload[0] as number, magic, body));
  return JSON.stringify(value, (name, part: unknown) => {
    if (name === 'seenAtMs' || name === 'activeAtMs' || name === 'deliveredAtMs') return undefined;
    if (typeof part === 'bigint') return String(part);
    return part === 0 ? 0 : part;
  });
}
