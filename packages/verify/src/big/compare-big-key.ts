import { type Reply, ReplyError } from '@cacheferry/resp';
import type { MigrationRules } from '@cacheferry/engine';
import type { KeyRef, Reading } from '../check-types.ts';
import { isRightExpiry, isSameExpiry, type TtlRule } from '../expiry.ts';
import { elementName } from '../compare-values.ts';
import { lengthCommands, notThere } from '../read-keys.ts';
import { fateOnTarget } from '../scope/moved-expiry.ts';
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
  /** The real time of an expiry of the target that is held back. */
  release: (expireAtMs: number) => number;
  now: () => number;
  signal: AbortSignal;
};

/** Compares a key in parts, so that memory holds a page of it at a time. Writes that go on meanwhile may show as differences. */
export async function compareBigKey(context: BigContext, ref: KeyRef): Promise<BigLook> {
  const { source, target, signal, ttl } = context;
  const differences = new BigDifferences();
  const places = { source: ref, target: placeOnTarget(context.rules, ref) };
  const [read, right] = await both([source, target], async (side) => {
    const { db, key } = places[side.role];
    await side.read.call('SELECT', db);
    return readShape(side, key, context.now);
  });
  const fate = fateOnTarget(read.expireAtMs, ttl.moved, context.now() + target.clockOffsetMs);
  const left = fate === 'gone' ? notThere : read;
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
  await compareByType(pair, left.type, ttl);
  if (!isRightExpiry(left.expireAtMs, context.release(right.expireAtMs), ttl))
    addExpiry(differences, 'key', left.expireAtMs, right.expireAtMs);
  return look;
}

async function compareByType(pair: Pair, type: string, ttl: TtlRule): Promise<void> {
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
      return compareFieldExpiries(pair, ttl);
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
  if (type === 'none') return notThere;
  const command = lengthCommands[type];
  const [ttl, length] = await side.read.pipeline([
    [side.ttlCommand, key],
    [command ?? 'EXISTS', key],
  ]);
  if (ttl instanceof ReplyError) throw side.read.classify(ttl, side.ttlCommand);
  const expireAtMs = expiryOf(side, Number(ttl), now());
  return { dump: null, expireAtMs, type, length: command && typeof length === 'number' ? length : null, refusal: null };
}

async function compareFieldExpiries(pair: Pair, ttl: TtlRule): Promise<void> {
  const { source, target, keys, differences } = pair;
  for await (const page of scanElements(source, 'HSCAN', keys.source)) {
    const fields = page.filter((_, i) => i % 2 === 0);
    if (differences.isFull || fields.length === 0) continue;
    const [left, right] = await both([source, target], (side) => fieldExpiries(side, keys[side.role], fields));
    if (left === null && right === null) return;
    fields.forEach((field, i) => {
      const [a, b] = [Number(left?.[i] ?? -1), Number(right?.[i] ?? -1)];
      if (a !== -2 && b !== -2 && !isSameExpiry(a, b, ttl)) addExpiry(differences, elementName('field', field), a, b);
    });
  }
}

/** When fields of a hash expire (−1: never, −2: not there); null from a server whose fields never do. */
async function fieldExpiries(side: Side, key: Buffer, fields: Buffer[]): Promise<Reply[] | null> {
  const [reply] = await side.read.pipeline([['HPEXPIRETIME', key, 'FIELDS', fields.length, ...fields]]);
  if (Array.isArray(reply)) return reply;
  if (!(reply instanceof ReplyError)) return [];
  const error = side.read.classify(reply, 'HPEXPIRETIME');
  if (error.code !== 'endpoint.unknown_command') throw error;
  return null;
}

function addExpiry(differences: BigDifferences, at: string, source: number, target: number): void {
  const text = (ms: number) => (ms < 0 ? null : Buffer.from(String(ms)));
  differences.add('ttl', at, text(source), text(target));
}
