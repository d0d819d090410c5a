import { footerVersionFor, makeDumpPayload } from '../dump-payload.ts';
import type { RdbMagic } from '../entry.ts';

/** A time far ahead (the year 2100), as 64 bits low byte first. */
const farAhead = '00 d8 c3 2c bb 03 00 00';
const a = '01 61';
const b = '01 62';
const ziplist1 = '0e 0e000000 0a000000 0100 00 01 61 ff';
const ziplist2 = '11 11000000 0d000000 0200 00 01 61 03 01 62 ff';
const listpack1 = '0a 0a000000 0100 81 61 02 ff';
const listpack2 = '0d 0d000000 0200 81 61 02 81 62 02 ff';
const listpackTimed = `17 17000000 0300 81 61 02 81 62 02 f4 ${farAhead} 09 ff`;
const emptyStream = '00 00 00 00';
const laterIds = '00 00 00 00 00';
const idempotency = '4064 4064 00 00 00';

/** The smallest value of each type that may be sent by RESTORE. */
const common: Record<number, string> = {
  0: a,
  1: `01 ${a}`,
  2: `01 ${a}`,
  3: `01 ${a} 01 31`,
  4: `01 ${a} ${b}`,
  5: `01 ${a} 000000000000f03f`,
  9: '07 01 01 61 01 00 62 ff',
  10: ziplist1,
  11: '0a 02000000 01000000 0100',
  12: '10 10000000 0d000000 0200 00 01 61 03 f2 ff',
  13: ziplist2,
  14: `01 ${ziplist1}`,
  15: `${emptyStream} 00`,
  16: listpack2,
  17: '0c 0c000000 0200 81 61 02 01 01 ff',
  18: `01 02 ${listpack1}`,
  19: `${emptyStream} ${laterIds} 00`,
  20: listpack1,
  21: `${emptyStream} ${laterIds} 00`,
};
const redis: Record<number, string> = {
  22: `01 00 ${a} ${b}`,
  23: listpackTimed,
  24: `${farAhead} 01 01 ${a} ${b}`,
  25: `${farAhead} ${listpackTimed}`,
  26: `${emptyStream} ${laterIds} 00 ${idempotency}`,
  27: `${emptyStream} ${laterIds} 00 ${idempotency}`,
};
const valkey: Record<number, string> = { 22: `01 ${a} ${b} ${farAhead}` };

/**
 * A payload of every value type, to ask a target which of them it understands: `RESTORE <unused key> 1 <payload> ABSTTL`
 * answers OK or an error, and leaves no key behind, since the time has passed.
 */
export function probePayloads(dialect: RdbMagic): ReadonlyMap<number, Buffer> {
  const bodies = { ...common, ...(dialect === 'REDIS' ? redis : valkey) };
  return new Map(
    Object.entries(bodies).map(([type, hex]) => [
      Number(type),
      makeDumpPayload(
        Number(type),
        Buffer.from(hex.replaceAll(' ', ''), 'hex'),
        footerVersionFor(Number(type), dialect),
      ),
    ]),
  );
}
