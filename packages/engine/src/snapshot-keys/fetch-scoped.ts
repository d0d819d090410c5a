import { type Command, type Connection, type Reply, ReplyError } from '@cacheferry/resp';
import type { ValueFacts } from '../rules/rule-set.ts';
import { factsOfDump, typeNamed } from '../rules/value-facts.ts';
import {
  attempts,
  expiriesOf,
  type FetchOptions,
  type KeySnapshot,
  perKey,
  readPlace,
  type Snapshots,
  transaction,
} from './fetch-snapshots.ts';
import type { KeyId } from './key-id.ts';

/** What rules say about single keys. `takes`: whether a value is in scope, as far as that is known of it. */
export type Scope = { takes: (facts: ValueFacts) => boolean; looksAtSize: boolean; nowMs: () => number };

export type ScopedOptions = FetchOptions & {
  scope: Scope;
  /** Databases of the source that hold anything, as `fetchDatabases` told. */
  databases: ReadonlySet<number>;
};

/** Values of so many bytes are read at once, or a single one that is larger. */
const mostBytes = 4_194_304;
/** What a value is taken for whose size a server does not tell. */
const unknownBytes = 65_536;
const wrongType = /^WRONGTYPE/;

/** Which databases of a server hold anything. */
export async function fetchDatabases(connection: Connection): Promise<Set<number>> {
  return databasesIn(await connection.call('INFO', 'keyspace'));
}

/**
 * Reads keys under rules about values, and the place in the source's stream that they belong to. A key that is not in
 * scope is told like one that does not exist. Values that the rules leave out by their type are not read.
 *
 * Some keys may be missing from the answer, for the memory's sake or because they changed meanwhile: ask again. Null when
 * all are to be asked for again, in more databases.
 */
export async function fetchScoped(
  connection: Connection,
  ids: readonly KeyId[],
  options: ScopedOptions,
): Promise<Snapshots | null> {
  const { scope, databases, hasExpireTime } = options;
  const chosen = await choose(connection, ids, options);
  const wanted = chosen.filter(({ isRead }) => isRead).map(({ id }) => id);
  const others = chosen.filter(({ isRead }) => !isRead).map(({ id }) => id);
  const parts = [perKey(wanted, 'DUMP'), perKey(others, 'TYPE'), scope.looksAtSize ? perKey(others, 'STRLEN') : []];
  for (let left = attempts; ; left--) {
    const expiries = expiriesOf([...wanted, ...others], hasExpireTime);
    const head: Command[] = [['INFO', 'replication'], ['INFO', 'keyspace'], ...expiries.commands];
    const replies = await transaction(connection, [...head, ...parts.flat()], wrongType);
    const told = expiries.read(replies.slice(2));
    if (!told.isExact && left > 1) continue;
    const place = readPlace(replies[0] as Reply, connection.endpoint);
    // Keys of a database that was empty were not asked for.
    if ([...databasesIn(replies[1] as Reply)].some((db) => !databases.has(db))) return null;
    const [dumps = [], types = [], lengths = []] = inParts(replies.slice(head.length), parts);
    const keys = wanted.map((id, at) => read(id, dumps[at] as Buffer | null, told.expiries[at] as number, scope));
    const rest = others.flatMap((id, at) => {
      const expireAtMs = told.expiries[wanted.length + at] as number;
      const isOut = !scope.takes(factsOf(types[at], lengths[at], expireAtMs));
      return isOut || String(types[at]) === 'none' ? { id, payload: null, expireAtMs: 0 } : [];
    });
    return { ...place, keys: [...keys, ...rest] };
  }
}

/** Of the keys those that are to be looked at together, and whether their values are to be read. */
async function choose(
  connection: Connection,
  ids: readonly KeyId[],
  { scope, hasExpireTime }: ScopedOptions,
): Promise<{ id: KeyId; isRead: boolean }[]> {
  const usage = perKey(ids, 'MEMORY').map(
    (words): Command => (words[0] === 'MEMORY' ? ['MEMORY', 'USAGE', ...words.slice(1)] : words),
  );
  const times = perKey(ids, hasExpireTime ? 'PEXPIRETIME' : 'PTTL');
  const parts = [perKey(ids, 'TYPE'), usage, times, scope.looksAtSize ? perKey(ids, 'STRLEN') : []];
  const replies = await connection.pipeline(parts.flat());
  const [types = [], sizes = [], left = [], lengths = []] = inParts(replies, parts);
  const refused = types.find((reply) => reply instanceof ReplyError);
  if (refused instanceof ReplyError) throw connection.classify(refused, 'TYPE');
  const chosen: { id: KeyId; isRead: boolean }[] = [];
  let bytes = 0;
  for (const [at, id] of ids.entries()) {
    const time = Number(left[at]);
    const expireAtMs = hasExpireTime || time < 0 ? time : scope.nowMs() + time;
    const isRead = String(types[at]) === 'none' || scope.takes(factsOf(types[at], lengths[at], expireAtMs));
    if (isRead) bytes += bytesOf(sizes[at]);
    if (bytes > mostBytes && chosen.length > 0) break;
    chosen.push({ id, isRead });
  }
  return chosen;
}

/** `usage`: what MEMORY USAGE answers; nothing of a key that is not there. */
function bytesOf(usage: Reply | undefined): number {
  if (typeof usage === 'number') return usage;
  return usage === null ? 0 : unknownBytes;
}

function factsOf(type: Reply | undefined, length: Reply | undefined, expireAtMs: number): ValueFacts {
  const name = typeNamed(String(type));
  const bytes = name === 'string' && typeof length === 'number' ? length : null;
  return { type: name, bytes, expireAtMs: expireAtMs > 0 ? expireAtMs : -1 };
}

function read(id: KeyId, payload: Buffer | null, expireAtMs: number, { takes }: Scope): KeySnapshot {
  const isTaken = payload !== null && takes(factsOfDump(payload, expireAtMs > 0 ? expireAtMs : -1));
  return isTaken ? { id, payload: Buffer.from(payload), expireAtMs } : { id, payload: null, expireAtMs: 0 };
}

/** The replies of each part, those to its SELECTs left out. */
function inParts(replies: readonly Reply[], parts: readonly Command[][]): Reply[][] {
  let next = 0;
  return parts.map((commands) =>
    commands.flatMap(([name]) => {
      const reply = replies[next++] as Reply;
      return name === 'SELECT' ? [] : [reply];
    }),
  );
}

function databasesIn(info: Reply): Set<number> {
  return new Set([...String(info).matchAll(/^db(\d+):/gm)].map(([, db]) => Number(db)));
}
