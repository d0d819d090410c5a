import type { RdbEntry } from '../entry.ts';
import { opcode } from '../records.ts';
import type { ByteWriter } from './byte-writer.ts';

/** What stands before the body of a key: expiry, access, type and name. `hasAccess`: readers know IDLE and FREQ (≥ 5.0). */
export function writeRecordHead(
  out: ByteWriter,
  entry: Pick<RdbEntry, 'key' | 'expireAtMs' | 'idleSeconds' | 'freq'>,
  type: number,
  hasAccess = true,
): ByteWriter {
  if (entry.expireAtMs >= 0) out.byte(opcode.expireMs).time(entry.expireAtMs);
  if (hasAccess && entry.idleSeconds >= 0) out.byte(opcode.idle).count(entry.idleSeconds);
  else if (hasAccess && entry.freq >= 0) out.byte(opcode.freq).byte(entry.freq);
  return out.byte(type).string(entry.key);
}
