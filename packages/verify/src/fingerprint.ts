import { createHash, type Hash } from 'node:crypto';
import { FerryError } from '@cacheferry/kernel';
import type { RdbValue, StreamGroup } from '@cacheferry/rdb';
import type { Reading } from './check-types.ts';
import { valueOfDump } from './compare-readings.ts';

/**
 * A short text that is the same when both sides held the same at two looks, whatever order a server dumps elements in.
 * Expiries that had to be computed count only by being there: they jitter.
 */
export function fingerprintOf(source: Reading, target: Reading, isExactTtl: boolean): string {
  const hash = createHash('sha1');
  for (const { dump, type, length, refusal, expireAtMs } of [source, target]) {
    hash.update(`|${type}|${length}|${refusal}|${isExactTtl ? expireAtMs : expireAtMs >= 0}|`);
    if (dump) addDump(hash, dump);
  }
  return hash.digest('base64url');
}

function addDump(hash: Hash, dump: Buffer): void {
  try {
    const value = valueOfDump(dump);
    if (value.type === 'module') hash.update(dump);
    else addValue(hash, value);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    hash.update(dump);
  }
}

function addValue(hash: Hash, value: Exclude<RdbValue, { type: 'module' }>): void {
  hash.update(value.type);
  switch (value.type) {
    case 'string':
      return add(hash, value.text);
    case 'list':
      return value.items.forEach((item) => add(hash, item));
    case 'set':
      return addSorted(
        hash,
        value.items.map((item) => text(item)),
      );
    case 'zset':
      return addSorted(
        hash,
        value.members.map(({ member, score }) => `${text(member)} ${score}`),
      );
    case 'hash':
      return addSorted(
        hash,
        value.fields.map((f) => `${text(f.field)} ${text(f.value)} ${f.expireAtMs}`),
      );
    case 'stream':
      for (const { id, fields } of value.entries) add(hash, id, ...fields);
      add(hash, value.info.lastId, String(value.info.maxDeletedId), String(value.info.entriesAdded));
      return value.groups.forEach((group) => addGroup(hash, group));
  }
}

function addGroup(hash: Hash, group: StreamGroup): void {
  add(hash, group.name, group.lastDeliveredId, String(group.entriesRead));
  for (const { id, consumer, deliveries } of group.pending) add(hash, id, consumer ?? '', String(deliveries));
  for (const { name } of group.consumers) add(hash, name);
}

function addSorted(hash: Hash, elements: string[]): void {
  for (const element of elements.sort()) hash.update(`${element.length}:`).update(element, 'latin1');
}

const text = (bytes: Buffer): string => `${bytes.length}:${bytes.toString('latin1')}`;

function add(hash: Hash, ...parts: (Buffer | string)[]): void {
  for (const part of parts) hash.update(`${part.length}:`).update(part);
}
