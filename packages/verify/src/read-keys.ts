import { type Command, type Reply, ReplyError } from '@cacheferry/resp';
import type { Depth, Reading } from './check-types.ts';
import { expiryOf, serverTime, type Side } from './side.ts';

/** What is read of a key that is not there. */
export const notThere: Reading = { dump: null, expireAtMs: -1, type: null, length: null, refusal: null };
/** The command that tells the length of a value, by its type. */
export const lengthCommands: Readonly<Record<string, string>> = {
  string: 'STRLEN',
  list: 'LLEN',
  set: 'SCARD',
  zset: 'ZCARD',
  hash: 'HLEN',
  stream: 'XLEN',
};

/**
 * The commands that read these keys of a side as deep as asked, for use inside a transaction; two replies a key, and the
 * time where a server tells only how long a key has to live: the values may be long on their way. For lengths the types
 * are asked for beforehand: a key whose type changes in between is refused, and looked at again.
 */
export async function readingCommands(side: Side, keys: readonly Buffer[], depth: Depth): Promise<Command[]> {
  const ttl = side.ttlCommand;
  if (depth === 'value') {
    const commands = keys.flatMap((key): Command[] => [
      ['DUMP', key],
      [ttl, key],
    ]);
    return side.hasExactTtl ? commands : [...commands, ['TIME']];
  }
  const types = depth === 'length' ? await side.read.pipeline(keys.map((key): Command => ['TYPE', key])) : [];
  return keys.flatMap((key, i): Command[] => [
    ['TYPE', key],
    [lengthCommands[String(types[i])] ?? 'EXISTS', key],
  ]);
}

/** Makes readings of the replies to `readingCommands`. `nowMs`: our clock when they came. */
export function readingsOf(side: Side, replies: readonly Reply[], depth: Depth, nowMs: number): Reading[] {
  const readings: Reading[] = [];
  const serverMs = serverTime(replies.at(-1));
  const atMs = serverMs === null ? nowMs : serverMs - side.clockOffsetMs;
  for (let at = 0; at + 1 < replies.length; at += 2) {
    const [first, second] = [replies[at] as Reply, replies[at + 1] as Reply];
    readings.push(depth === 'value' ? valueReading(side, first, second, atMs) : shapeReading(first, second, depth));
  }
  return readings;
}

function valueReading(side: Side, dump: Reply, ttl: Reply, nowMs: number): Reading {
  if (dump instanceof ReplyError) return { ...notThere, refusal: dump.message };
  if (ttl instanceof ReplyError) return { ...notThere, refusal: ttl.message };
  if (!Buffer.isBuffer(dump)) return notThere;
  return { ...notThere, dump, expireAtMs: expiryOf(side, Number(ttl), nowMs) };
}

function shapeReading(type: Reply, length: Reply, depth: Depth): Reading {
  if (type instanceof ReplyError) return { ...notThere, refusal: type.message };
  if (String(type) === 'none') return notThere;
  if (depth === 'exists') return { ...notThere, type: String(type) };
  if (length instanceof ReplyError) return { ...notThere, type: String(type), refusal: length.message };
  return { ...notThere, type: String(type), length: Number(length) };
}
