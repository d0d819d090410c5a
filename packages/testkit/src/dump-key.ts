import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Argument, type Command, sendAll } from './send-all.ts';

/** How the value of each type is asked for. */
const readers: Record<string, (key: Buffer) => Command> = {
  string: (key) => ['GET', key],
  list: (key) => ['LRANGE', key, 0, -1],
  set: (key) => ['SMEMBERS', key],
  hash: (key) => ['HGETALL', key],
  zset: (key) => ['ZRANGE', key, 0, -1, 'WITHSCORES'],
  stream: (key) => ['XRANGE', key, '-', '+'],
};

/** Reads the values of keys of known type, each as a text that is equal when and only when the values are. */
export async function readValues(client: Redis, keys: readonly Buffer[], types: readonly string[], fieldTtl: boolean) {
  const commands = keys.map((key, at) => readers[types[at] ?? '']?.(key) ?? (['DUMP', key] as const));
  const replies = await sendAll(client, commands, 200);
  const texts = replies.map((reply, at) => canonical(reply, types[at] ?? ''));
  await addStreamState(client, keys, types, texts);
  if (fieldTtl)
    await addFieldTtls(
      client,
      keys,
      replies.map((reply, at) => fieldsOf(reply, types[at] ?? '')),
      texts,
    );
  return texts.map(shorten);
}

function canonical(reply: unknown, type: string): string {
  if (type === 'set') return JSON.stringify((toText(reply) as string[]).sort());
  if (type === 'hash') return JSON.stringify(asPairs(toText(reply) as string[]).sort(byFirst));
  if (type === 'zset') return JSON.stringify(asPairs((toText(reply) as string[]).flat()).map(scored));
  if (type === 'string' || type === 'list' || type === 'stream') return JSON.stringify(toText(reply));
  // A type of a module: what DUMP gives, without the version and checksum at its end.
  return Buffer.isBuffer(reply) ? reply.subarray(0, -10).toString('latin1') : JSON.stringify(toText(reply));
}

const notState = new Set([
  'radix-tree-keys',
  'radix-tree-nodes',
  'entries',
  'lag',
  'seen-time',
  'active-time',
  'length',
]);

async function addStreamState(client: Redis, keys: readonly Buffer[], types: readonly string[], texts: string[]) {
  const at = types.flatMap((type, index) => (type === 'stream' ? [index] : []));
  const commands = at.map((index): Command => ['XINFO', 'STREAM', keys[index] as Buffer, 'FULL', 'COUNT', 0]);
  const replies = await sendAll(client, commands, 200);
  replies.forEach((reply, n) => {
    texts[at[n] as number] += JSON.stringify(streamState(toText(reply)));
  });
}

/** The nested lists of XINFO STREAM FULL as objects, without what is not part of the value. */
function streamState(node: unknown): unknown {
  if (!Array.isArray(node)) return node;
  const isObject = node.length > 0 && node.length % 2 === 0 && node.every((name, at) => at % 2 === 1 || isName(name));
  if (!isObject) return node.map(streamState);
  const fields = asPairs(node).filter(([name]) => !notState.has(name as string));
  return Object.fromEntries(fields.map(([name, value]) => [name, streamState(value)]));
}

const names =
  /^(length|radix-tree-keys|radix-tree-nodes|last-generated-id|max-deleted-entry-id|entries-added|recorded-first-entry-id|entries|groups|name|last-delivered-id|entries-read|lag|pel-count|pel|pending|consumers|seen-time|active-time)$/;
const isName = (text: unknown): boolean => typeof text === 'string' && names.test(text);

function fieldsOf(reply: unknown, type: string): Buffer[] {
  return type === 'hash' && Array.isArray(reply) ? reply.filter((_, at) => at % 2 === 0) : [];
}

async function addFieldTtls(client: Redis, keys: readonly Buffer[], fields: readonly Buffer[][], texts: string[]) {
  const at = fields.flatMap((list, index) => (list.length > 0 ? [index] : []));
  const commands = at.map((index): Command => {
    const names: Argument[] = fields[index] ?? [];
    return ['HPEXPIRETIME', keys[index] as Buffer, 'FIELDS', names.length, ...names];
  });
  const answers = await sendAll(client, commands, 200);
  answers.forEach((answer, n) => {
    const index = at[n] as number;
    const times = Array.isArray(answer) ? answer.map(Number) : [];
    const set = (fields[index] ?? [])
      .map((field, f) => [field.toString('latin1'), times[f] ?? -2] as const)
      .filter(([, time]) => time >= 0);
    texts[index] += set.length > 0 ? JSON.stringify(set.sort(byFirst)) : '';
  });
}

function toText(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString('latin1');
  if (Array.isArray(reply)) return reply.map(toText);
  return reply;
}

function asPairs<T>(list: readonly T[]): [T, T][] {
  return list.flatMap((value, at) => (at % 2 === 0 ? [[value, list[at + 1] as T] as [T, T]] : []));
}

/** Servers before 7.2 print 0.1 as 0.10000000000000001: the number is the same. */
function scored([member, score]: [string, string]): [string, string] {
  return [member, /inf/.test(score) ? score : String(Number(score))];
}

function byFirst(a: readonly [string, unknown], b: readonly [string, unknown]): number {
  return a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0;
}

function shorten(text: string): string {
  if (text.length <= 200) return text;
  const hash = createHash('sha256').update(text, 'latin1').digest('hex');
  return `${text.slice(0, 60)}… (${text.length} characters, sha256 ${hash})`;
}
