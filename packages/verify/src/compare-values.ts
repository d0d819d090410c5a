import { type HashField, type RdbValue, type ScoredMember, scoreText } from '@cacheferry/rdb';
import type { Finding } from './check-types.ts';
import { isSameExpiry, type TtlRule } from './expiry.ts';
import { compareStreams } from './compare-streams.ts';
import { DifferenceList, walkByName } from './difference-list.ts';

/** Compares two decoded values. `raw`: both payloads, for what is only compared as bytes. */
export function compareValues(
  a: RdbValue,
  b: RdbValue,
  raw: { source: Buffer; target: Buffer; ttl: TtlRule },
): Finding[] {
  if (a.type !== b.type) return [{ class: 'type', message: `The source has a ${a.type}, the target a ${b.type}` }];
  if (a.type === 'string' && b.type === 'string') return compareStrings(a.text, b.text);
  if (a.type === 'list' && b.type === 'list') return compareLists(a.items, b.items);
  if (a.type === 'set' && b.type === 'set') return compareSets(a.items, b.items);
  if (a.type === 'zset' && b.type === 'zset') return compareSortedSets(a.members, b.members);
  if (a.type === 'hash' && b.type === 'hash') return compareHashes(a.fields, b.fields, raw.ttl);
  if (a.type === 'stream' && b.type === 'stream') return compareStreams(a, b);
  // Modules: only the bytes of both payloads can be compared, and these differ.
  const sizes = `${raw.source.length} and ${raw.target.length} bytes`;
  return [{ class: 'value', message: `The values of the module type differ (${sizes})` }];
}

function valueFinding(what: string, list: DifferenceList): Finding[] {
  if (list.count === 0) return [];
  const { items, isTruncated } = list;
  return [{ class: 'value', message: `${list.count} ${what}`, differences: items, truncated: isTruncated }];
}

function compareStrings(a: Buffer, b: Buffer): Finding[] {
  if (a.equals(b) || isSameEstimate(a, b)) return [];
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  const list = new DifferenceList();
  list.add(`byte ${at}`, a.subarray(at, at + 64), b.subarray(at, at + 64));
  const message = `The strings differ from byte ${at} on; ${a.length} bytes on the source, ${b.length} on the target`;
  return [{ class: 'value', message, differences: list.items }];
}

/**
 * Whether two HyperLogLogs differ only in that one remembers how much it estimates, which a server notes as it is asked.
 * Spec: hyperloglog.c, `HYLL`, encoding, 3 bytes, the estimate in 8 bytes, whose last bit says that it is out of date.
 */
function isSameEstimate(a: Buffer, b: Buffer): boolean {
  const areBoth =
    a.length === b.length && a.length > 16 && [a, b].every((text) => text.toString('latin1', 0, 4) === 'HYLL');
  if (!areBoth || [a, b].every((text) => (text[15] as number) < 0x80)) return false;
  return a.subarray(0, 8).equals(b.subarray(0, 8)) && a.subarray(16).equals(b.subarray(16));
}

function compareLists(a: readonly Buffer[], b: readonly Buffer[]): Finding[] {
  const list = new DifferenceList();
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const left = a[i] ?? null;
    const right = b[i] ?? null;
    if (!left || !right || !left.equals(right)) list.add(`index ${i}`, left, right);
  }
  return valueFinding(`items differ; ${a.length} on the source, ${b.length} on the target`, list);
}

function compareSets(a: readonly Buffer[], b: readonly Buffer[]): Finding[] {
  const list = new DifferenceList();
  walkByName(a, b, (member) => member, {
    left: (member) => list.add('member', member, null),
    right: (member) => list.add('member', null, member),
    both: () => {},
  });
  return valueFinding(`members are on one side only; ${a.length} on the source, ${b.length} on the target`, list);
}

function compareSortedSets(a: readonly ScoredMember[], b: readonly ScoredMember[]): Finding[] {
  const list = new DifferenceList();
  const score = ({ score: value }: ScoredMember) => Buffer.from(scoreText(value));
  walkByName(a, b, ({ member }) => member, {
    left: (x) => list.add(elementName('member', x.member), score(x), null),
    right: (y) => list.add(elementName('member', y.member), null, score(y)),
    both: (x, y) => {
      if (x.score !== y.score && !(Number.isNaN(x.score) && Number.isNaN(y.score)))
        list.add(elementName('member', x.member), score(x), score(y));
    },
  });
  return valueFinding(`members or scores differ; ${a.length} on the source, ${b.length} on the target`, list);
}

function compareHashes(a: readonly HashField[], b: readonly HashField[], ttl: TtlRule): Finding[] {
  const values = new DifferenceList();
  const times = new DifferenceList();
  walkByName(a, b, ({ field }) => field, {
    left: (x) => values.add(elementName('field', x.field), x.value, null),
    right: (y) => values.add(elementName('field', y.field), null, y.value),
    both: (x, y) => {
      if (!x.value.equals(y.value)) values.add(elementName('field', x.field), x.value, y.value);
      if (!isSameExpiry(x.expireAtMs, y.expireAtMs, ttl))
        times.add(elementName('field', x.field), Buffer.from(String(x.expireAtMs)), Buffer.from(String(y.expireAtMs)));
    },
  });
  const found = valueFinding(`fields differ; ${a.length} on the source, ${b.length} on the target`, values);
  if (times.count > 0)
    found.push({
      class: 'ttl',
      message: `${times.count} fields expire at another time`,
      differences: times.items,
      truncated: times.isTruncated,
    });
  return found;
}

/** Names an element by its bytes: text where they are plain, base64 otherwise. */
export function elementName(kind: string, bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return /^[\x21-\x7e]{1,200}$/.test(text)
    ? `${kind} ${text}`
    : `${kind} base64:${bytes.subarray(0, 200).toString('base64')}`;
}
