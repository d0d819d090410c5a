import { type Reply, ReplyError } from '@cacheferry/resp';
import type { MigrationRules } from '@cacheferry/engine';
import type { KeyRef, Reading } from '../check-types.ts';
import { isRightExpiry, type TtlRule } from '../expiry.ts';
import { elementName } from '../compare-values.ts';
import { lengthCommands } from '../read-keys.ts';
import { placeOnTarget } from '../scope/place-on-target.ts';
import { expiryOf, type Side } from '../side.ts';
import { BigDifferences } from './big-differences.ts';
import {
  both,
  compareBigCollections,
  compareBigLists,
  compareBigStrings,
  lookups,
  type Pair,
} from './compare-parts.ts';
import { compareBigStreams } from './compare-big-streams.ts';
import { scanElements } from './read-parts.ts';

/** What one look at a big key found. */
export type BigLook = { differences: BigDifferences; source: Reading; target: Reading };

export type BigContext = {
  source: Side;
  target: Side;
  rules: MigrationRules | null;
  ttl: TtlRule;
  now: () => number;
  signal: AbortSignal;
};

/** Compares a key in parts, so that memory holds a page of it at a time. Writes that go on meanwhile may show as differences. */
export async function compareBigKey(context: BigContext, ref: KeyRef): Promise<BigLook> {
  const { source, target, signal } = context;
  const differences = new BigDifferences();
  const places = { source: ref, target: placeOnTarget(context.rules, ref) };
  const [left, right] = await both([source, target], async (side) => {
    const { db, key } = places[side.role];
    await side.read.call('SELECT', db);
    return readShape(side, key, context.now);
  });
  const look = { differences, source: left, target: right };
  const text = (type: string | null) => (type === null ? null : Buffer.from(type));
  if (left.type !== right.type) {
    const name = left.type === null ? 'extra' : right.type === null ? 'missing' : 'type';
    differences.add(name, 'type', text(left.type), text(right.type));
    return look;
  }
  if (left.type === null) return look;
  const keys = { source: places.source.key, target: places.target.key };
  const pair: Pair = { source, target, keys, differences, signal };
  await compareByType(pair, left.type);
  if (!isRightExpiry(left.expireAtMs, right.expireAtMs, context.ttl))
    addExpiry(differences, 'key', left.expireAtMs, right.expireAtMs);
  return look;
}

async function compareByType(pair: Pair, type: string): Promise<void> {
  switch (type) {
    case 'string':
      return compareBigStrings(pair);
    case 'list':
      return compareBigLists(pair);
    case 'set':
    case 'zset':
      return compareBigCollections(pair, lookups[type]);
    case 'hash':
      await compareBigCollections(pair, lookups.hash);
      return compareFieldExpiries(pair);
    case 'stream':
      return compareBigStreams(pair);
    default:
      // A module's value has no parts that could be asked for.
      pair.differences.add('unreadable', `type ${type}`, null, null);
  }
}

/** Type, length and expiry of a key. */
async function readShape(side: Side, key: Buffer, now: () => number): Promise<Reading> {
  const type = String(await side.read.call('TYPE', key));
  if (type === 'none') return { dump: null, expireAtMs: -1, type: null, length: null, refusal: null };
  const command = lengthCommands[type];
  const [ttl, length] = await side.read.pipeline([
    [side.hasExactTtl ? 'PEXPIRETIME' : 'PTTL', key],
    [command ?? 'EXISTS', key],
  ]);
  const expireAtMs = typeof ttl === 'number' ? expiryOf(side, ttl, now()) : -1;
  return { dump: null, expireAtMs, type, length: command && typeof length === 'number' ? length : null, refusal: null };
}

async function compareFieldExpiries(pair: Pair): Promise<void> {
  const { source, target, keys, differences } = pair;
  for await (const page of scanElements(source, 'HSCAN', keys.source)) {
    const fields = page.filter((_, i) => i % 2 === 0);
    if (differences.isFull || fields.length === 0) continue;
    const [left, right] = await both([source, target], async (side) => {
      const command = ['HPEXPIRETIME', keys[side.role], 'FIELDS', fields.length, ...fields];
      return (await side.read.pipeline([command]))[0] as Reply;
    });
    // A server without expiries of fields says so by an error: then there is nothing to compare.
    if (!Array.isArray(left) || !Array.isArray(right) || left instanceof ReplyError) return;
    fields.forEach((field, i) => {
      const [a, b] = [Number(left[i]), Number(right[i])];
      if (a !== b && a !== -2 && b !== -2) addExpiry(differences, elementName('field', field), a, b);
    });
  }
}

function addExpiry(differences: BigDifferences, at: string, source: number, target: number): void {
  const text = (ms: number) => (ms < 0 ? null : Buffer.from(String(ms)));
  differences.add('ttl', at, text(source), text(target));
}
