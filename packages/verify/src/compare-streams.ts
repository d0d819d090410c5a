import type { PendingEntry, RdbValue, StreamEntry, StreamGroup } from '@cacheferry/rdb';
import type { Finding } from './check-types.ts';
import { DifferenceList, walkSorted } from './difference-list.ts';

type Stream = RdbValue & { type: 'stream' };

/** Compares entries, ids and counters (class `value`), and groups with consumers and pending entries (class `group`). */
export function compareStreams(a: Stream, b: Stream): Finding[] {
  return [...compareEntries(a, b), ...compareGroups(a.groups, b.groups)];
}

function compareEntries(a: Stream, b: Stream): Finding[] {
  const list = new DifferenceList();
  walkSorted(a.entries, b.entries, (x, y) => compareIds(x.id, y.id), {
    left: (x) => list.add(`entry ${x.id}`, fieldsOf(x), null),
    right: (y) => list.add(`entry ${y.id}`, null, fieldsOf(y)),
    both: (x, y) => {
      if (!fieldsOf(x).equals(fieldsOf(y))) list.add(`entry ${x.id}`, fieldsOf(x), fieldsOf(y));
    },
  });
  addInfo(list, 'last id', a.info.lastId, b.info.lastId);
  addInfo(list, 'max deleted id', a.info.maxDeletedId, b.info.maxDeletedId);
  addInfo(list, 'entries added', a.info.entriesAdded, b.info.entriesAdded);
  if (list.count === 0) return [];
  const message = `${list.count} entries or counters differ; ${a.entries.length} on the source, ${b.entries.length} on the target`;
  return [{ class: 'value', message, differences: list.items, truncated: list.isTruncated }];
}

function compareGroups(a: readonly StreamGroup[], b: readonly StreamGroup[]): Finding[] {
  const list = new DifferenceList();
  const sorted = (groups: readonly StreamGroup[]) => [...groups].sort((x, y) => Buffer.compare(x.name, y.name));
  walkSorted(sorted(a), sorted(b), (x, y) => Buffer.compare(x.name, y.name), {
    left: (group) => list.add('group', group.name, null),
    right: (group) => list.add('group', null, group.name),
    both: (x, y) => compareGroup(list, x, y),
  });
  if (list.count === 0) return [];
  const message = `${list.count} groups, consumers or pending entries differ`;
  return [{ class: 'group', message, differences: list.items, truncated: list.isTruncated }];
}

function compareGroup(list: DifferenceList, a: StreamGroup, b: StreamGroup): void {
  const group = `group ${a.name.toString('latin1').replace(/[^\x20-\x7e]/g, '?')}`;
  addInfo(list, `${group}, last delivered id`, a.lastDeliveredId, b.lastDeliveredId);
  addInfo(list, `${group}, entries read`, a.entriesRead, b.entriesRead);
  const names = (of: StreamGroup) => of.consumers.map((consumer) => consumer.name).sort(Buffer.compare);
  walkSorted(names(a), names(b), Buffer.compare, {
    left: (name) => list.add(`${group}, consumer`, name, null),
    right: (name) => list.add(`${group}, consumer`, null, name),
    both: () => {},
  });
  const pending = (of: StreamGroup) => [...of.pending].sort((x, y) => compareIds(x.id, y.id));
  walkSorted(pending(a), pending(b), (x, y) => compareIds(x.id, y.id), {
    left: (x) => list.add(`${group}, pending ${x.id}`, ownerOf(x), null),
    right: (y) => list.add(`${group}, pending ${y.id}`, null, ownerOf(y)),
    both: (x, y) => {
      if (!ownerOf(x).equals(ownerOf(y))) list.add(`${group}, pending ${x.id}`, ownerOf(x), ownerOf(y));
    },
  });
}

/** What one side does not know (an older format) is no difference. */
function addInfo(list: DifferenceList, what: string, a: string | bigint | null, b: string | bigint | null): void {
  if (a !== null && b !== null && a !== b) list.add(what, Buffer.from(String(a)), Buffer.from(String(b)));
}

const fieldsOf = (entry: StreamEntry): Buffer =>
  Buffer.concat(entry.fields.flatMap((field) => [Buffer.from(`${field.length}:`), field]));
const ownerOf = (entry: PendingEntry): Buffer =>
  Buffer.concat([entry.consumer ?? Buffer.alloc(0), Buffer.from(` × ${entry.deliveries}`)]);

/** The order of two ids of a stream. */
export function compareIds(a: string, b: string): number {
  const [aMs = '0', aSeq = '0'] = a.split('-');
  const [bMs = '0', bSeq = '0'] = b.split('-');
  return aMs === bMs ? compareNumbers(aSeq, bSeq) : compareNumbers(aMs, bMs);
}

const compareNumbers = (a: string, b: string): number =>
  a.length === b.length ? (a < b ? -1 : a > b ? 1 : 0) : a.length - b.length;
