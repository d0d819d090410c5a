import { FerryError } from '@cacheferry/kernel';
import type { RdbMagic } from '../entry.ts';
import { type HashField, isEmptyValue, readValue } from '../values/value.ts';
import { damagedValue } from '../values/damaged.ts';
import { valueTypeOf } from '../values/value-type.ts';
import { type CollectionValue, encodeCollection, type PlainType, plainTypes } from './encode-collection.ts';
import { recodeStream } from './recode-stream.ts';

/** A target: its family, and the type bytes that it refuses. */
export type RecodeGoal = {
  product: 'redis' | 'valkey';
  refused: ReadonlySet<number>;
  /** Fields that have expired by then are left out where the new form does not hold their expiry: they would come back. */
  nowMs?: number;
  /** Whether such a field is kept all the same, for now: whoever says so deals with it later. */
  keeps?: (field: HashField) => boolean;
};

export type Recoded = {
  type: number;
  /** The family in whose dialect the type is meant; decides the footer version. */
  magic: RdbMagic;
  body: Buffer;
  /** Whether nothing is left of it. */
  isEmpty: boolean;
  /** Fields whose expiry the new form cannot hold. */
  fieldExpiries: { field: Buffer; expireAtMs: number }[];
  /** Pending entries of streams that have no consumer and could not be kept. */
  unownedPending: number;
  /** Ids of messages by which a stream knows what producers added already, and that could not be kept. */
  messageIds: number;
};

const streamForms = [21, 19, 15];

/**
 * Writes a value in a form that the target understands: element by element, oldest type that keeps the most.
 *
 * Throws `rdb.unsupported` when there is none (modules, streams before 5.0), `rdb.corrupt`.
 */
export function recodeValue(type: number, magic: RdbMagic, body: Buffer, goal: RecodeGoal): Recoded {
  const kind = valueTypeOf(type, magic);
  const dialect: RdbMagic = goal.product === 'valkey' ? 'VALKEY' : 'REDIS';
  if (kind === undefined || kind === 'module') throw noForm(type);
  if (kind === 'stream') {
    const to = streamFormOf(type, goal);
    if (to === undefined) throw noForm(type);
    const { unowned, ...recoded } = recodeStream(type, magic, body, to);
    return { type: to, magic: dialect, ...recoded, isEmpty: false, fieldExpiries: [], unownedPending: unowned };
  }
  const found = readValue(type, magic, body) as CollectionValue;
  refuseImpossible(found);
  const to = plainFormOf(found, goal);
  const value = found.type === 'hash' && to === plainTypes.hash ? withoutExpired(found, goal) : found;
  const isLost = (field: HashField) => field.expireAtMs >= 0 && !hasPassed(field, goal);
  return {
    type: to,
    magic: dialect,
    body: encodeCollection(value, to),
    isEmpty: found !== value && isEmptyValue(value),
    fieldExpiries: to === plainTypes.hash && value.type === 'hash' ? value.fields.filter(isLost) : [],
    unownedPending: 0,
    messageIds: 0,
  };
}

/** What no server keeps, and what would become a broken value on one that takes it. */
function refuseImpossible(value: CollectionValue): void {
  if (value.type === 'list' || value.type === 'string') return;
  const names =
    value.type === 'hash'
      ? value.fields.map(({ field }) => field)
      : value.type === 'zset'
        ? value.members.map(({ member }) => member)
        : value.items;
  const different = new Set(names.map((name) => name.toString('latin1')));
  if (different.size < names.length) throw damagedValue('an element twice', 0);
  if (value.type === 'zset' && value.members.some(({ score }) => Number.isNaN(score)))
    throw damagedValue('a score that is no number', 0);
}

const hasPassed = ({ expireAtMs }: HashField, { nowMs = 0 }: RecodeGoal): boolean =>
  expireAtMs >= 0 && expireAtMs < nowMs;

function withoutExpired(value: CollectionValue & { type: 'hash' }, goal: RecodeGoal): CollectionValue {
  const fields = value.fields.filter((field) => !hasPassed(field, goal) || goal.keeps?.(field));
  return fields.length === value.fields.length ? value : { type: 'hash', fields };
}

/** The newest form below that one in which the target reads a stream. */
export function streamFormOf(type: number, goal: RecodeGoal): number | undefined {
  return streamForms.find((form) => form < type && !goal.refused.has(form));
}

function plainFormOf(value: CollectionValue, goal: RecodeGoal): PlainType {
  if (value.type === 'zset') return goal.refused.has(plainTypes.zset) ? plainTypes.zsetText : plainTypes.zset;
  if (value.type !== 'hash') return plainTypes[value.type];
  const timed = goal.product === 'valkey' ? plainTypes.valkeyHash : plainTypes.redisHash;
  const hasExpiries = value.fields.some(({ expireAtMs }) => expireAtMs >= 0);
  return hasExpiries && !goal.refused.has(timed) ? timed : plainTypes.hash;
}

function noForm(type: number): FerryError {
  return new FerryError('rdb.unsupported', { what: 'a value without older form, type', number: type, offset: 0 });
}
