import { type RdbValue, scoreText, sortValue } from '../src/index.ts';

const text = (bytes: Buffer) => bytes.toString('base64');

/** A decoded value in the form of the fixtures, to be compared with what a server said. */
export function asExpected(value: RdbValue): unknown {
  sortValue(value);
  switch (value.type) {
    case 'string':
      return text(value.text);
    case 'list':
    case 'set':
      return value.items.map(text);
    case 'zset':
      return value.members.map(({ member, score }) => [text(member), scoreText(score)]);
    case 'hash':
      return value.fields.map((f) => [text(f.field), text(f.value), f.expireAtMs < 0 ? null : f.expireAtMs]);
    case 'stream':
      return asExpectedStream(value);
    case 'module':
      return value.name;
  }
}

function asExpectedStream({ entries, info, groups }: Extract<RdbValue, { type: 'stream' }>): unknown {
  const pairs = (fields: Buffer[]) =>
    Array.from({ length: fields.length / 2 }, (_, i) => [text(fields[i * 2]!), text(fields[i * 2 + 1]!)]);
  return {
    entries: entries.map((entry) => [entry.id, pairs(entry.fields)]),
    last_id: info.lastId,
    entries_added: Number(info.entriesAdded),
    max_deleted_id: info.maxDeletedId,
    groups: groups.map((group) => ({
      name: text(group.name),
      last_delivered: group.lastDeliveredId,
      entries_read: group.entriesRead === null ? null : Number(group.entriesRead),
      pending: group.pending.map((p) => [p.id, text(p.consumer!), p.deliveries]),
      pending_times: group.pending.map((p) => [p.id, p.deliveredAtMs]),
      consumers: group.consumers.map((c) => text(c.name)),
      consumer_times: group.consumers.map((c) => [text(c.name), c.seenAtMs, c.activeAtMs]),
    })),
  };
}

/** Keeps of `found` only the facts that `wanted` speaks of: fixtures of old servers say less. */
export function reduceTo(found: unknown, wanted: unknown): unknown {
  if (Array.isArray(found) && Array.isArray(wanted)) return found.map((item, i) => reduceTo(item, wanted[i]));
  if (!isRecord(found) || !isRecord(wanted)) return found;
  return Object.fromEntries(
    Object.keys(wanted).map((name) => [
      name,
      name === 'consumer_times' ? cutRows(found[name], wanted[name]) : reduceTo(found[name], wanted[name]),
    ]),
  );
}

/** Scores as numbers, −0 as 0: servers print them in different ways. */
export function withScores(type: string, value: unknown): unknown {
  if (type !== 'zset') return value;
  return (value as [string, string][]).map(([member, score]) => [member, Number(score.replace('inf', 'Infinity')) + 0]);
}

const cutRows = (found: unknown, wanted: unknown) =>
  (found as unknown[][]).map((row, i) => row.slice(0, (wanted as unknown[][])[i]?.length));
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
