import type { Conflict, ConflictSide } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { Finding, Reading } from './check-types.ts';
import { typeOfReading, valueOfDump } from './compare-readings.ts';

const mostExcerptBytes = 1024;

/** One record per class of a key that differs, with what both sides hold. */
export function conflictRecords(
  at: { db: number; key: Buffer },
  findings: readonly Finding[],
  readings: { source: Reading; target: Reading },
): Conflict[] {
  const type = typeOfReading(readings.source) ?? typeOfReading(readings.target) ?? 'unknown';
  const sides = { source: sideOf(readings.source), target: sideOf(readings.target) };
  return findings.map(({ class: name, message, differences, truncated }) => {
    const detail = { message, ...(differences ? { differences } : {}), ...(truncated ? { truncated } : {}) };
    return { db: at.db, key: at.key.toString('base64'), type, class: name, detail, ...sides };
  });
}

function sideOf(reading: Reading): ConflictSide | null {
  const type = typeOfReading(reading);
  if (type === null) return null;
  const shown = reading.dump ? excerpt(reading.dump) : { length: reading.length, value: null, valueBytes: null };
  return { type, pttlAt: reading.expireAtMs < 0 ? null : reading.expireAtMs, ...shown };
}

/** Length, and of a string its beginning. */
function excerpt(dump: Buffer): Pick<ConflictSide, 'length' | 'value' | 'valueBytes'> {
  const valueBytes = dump.length;
  try {
    const value = valueOfDump(dump);
    if (value.type === 'string')
      return {
        length: value.text.length,
        value: value.text.subarray(0, mostExcerptBytes).toString('base64'),
        valueBytes,
      };
    const length =
      value.type === 'zset'
        ? value.members.length
        : value.type === 'hash'
          ? value.fields.length
          : value.type === 'stream'
            ? value.entries.length
            : value.type === 'module'
              ? null
              : value.items.length;
    return { length, value: null, valueBytes };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { length: null, value: null, valueBytes };
  }
}
