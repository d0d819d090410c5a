import { FerryError } from '@cacheferry/kernel';
import { magicOf, type RdbValue, readDumpPayload, readValue, valueTypeOf } from '@cacheferry/rdb';
import type { Finding, Reading } from './check-types.ts';
import { compareValues } from './compare-values.ts';
import { isRightExpiry, type TtlRule } from './expiry.ts';

/** Version and checksum behind a DUMP's body: they differ between versions while the value is the same. */
export const footerBytes = 10;

/**
 * All differences between two readings of a key, at most one finding per class; none = equal.
 *
 * Bytes decide first; only payloads that differ are decoded and compared as values.
 */
export function compareReadings(source: Reading, target: Reading, ttl: TtlRule): Finding[] {
  if (source.refusal !== null || target.refusal !== null) return [unreadable(source, target)];
  const isOnSource = isThere(source);
  const isOnTarget = isThere(target);
  if (!isOnSource && !isOnTarget) return [];
  if (!isOnTarget) return [{ class: 'missing', message: 'The key is not on the target' }];
  if (!isOnSource) return [{ class: 'extra', message: 'The key is only on the target' }];
  if (!source.dump || !target.dump) return compareShapes(source, target);
  return [...compareDumps(source.dump, target.dump, ttl), ...compareTtl(source.expireAtMs, target.expireAtMs, ttl)];
}

/** Whether two readings of the same side are the same: the key has not moved in between. */
export function isSameReading(a: Reading, b: Reading, ttl: TtlRule): boolean {
  return (
    compareReadings(a, b, { toleranceMs: ttl.toleranceMs }).length === 0 && a.refusal === null && b.refusal === null
  );
}

/** Name of the type in a reading, or null. */
export function typeOfReading(reading: Reading): string | null {
  if (reading.type !== null || !reading.dump) return reading.type;
  const { type, version } = readDumpPayload(reading.dump);
  return valueTypeOf(type, magicOf(version)) ?? 'unknown';
}

/** The decoded value of a DUMP payload, elements in the order in which they lie. Throws `rdb.*`. */
export function valueOfDump(dump: Buffer): RdbValue {
  const { type, body, version } = readDumpPayload(dump);
  return readValue(type, magicOf(version), body);
}

export const isThere = (reading: Reading): boolean => reading.dump !== null || reading.type !== null;

function compareShapes(source: Reading, target: Reading): Finding[] {
  if (source.type !== target.type)
    return [{ class: 'type', message: `The source has a ${source.type}, the target a ${target.type}` }];
  if (source.length === target.length) return [];
  return [{ class: 'value', message: `Length ${source.length} on the source, ${target.length} on the target` }];
}

function compareDumps(source: Buffer, target: Buffer, ttl: TtlRule): Finding[] {
  if (
    source.length === target.length &&
    source.compare(target, 0, target.length - footerBytes, 0, source.length - footerBytes) === 0
  )
    return [];
  try {
    return compareValues(valueOfDump(source), valueOfDump(target), { source, target, ttl });
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return [{ class: 'unreadable', message: `The value could not be decoded: ${error.message}` }];
  }
}

function compareTtl(source: number, target: number, ttl: TtlRule): Finding[] {
  if (isRightExpiry(source, target, ttl)) return [];
  const text = (at: number) => (at < 0 ? 'no expiry' : new Date(at).toISOString());
  return [{ class: 'ttl', message: `The source has ${text(source)}, the target ${text(target)}` }];
}

function unreadable(source: Reading, target: Reading): Finding {
  const side = source.refusal !== null ? 'source' : 'target';
  return { class: 'unreadable', message: `The ${side} refused to show the key: ${source.refusal ?? target.refusal}` };
}
