import { ReplyError } from '@cacheferry/resp';
import type { End } from './end.ts';
import type { ServerNode } from './server-node.ts';

export type SampledKey = { db: number; key: Buffer; type: string; node: ServerNode };
export type Sample = { keys: readonly SampledKey[]; isWhole: boolean };

const wanted = 1_000;
const maxScans = 40;
const samples = new WeakMap<End, Promise<Sample | null>>();

/** Some keys of an end with their types, from all its servers and databases; null where SCAN or TYPE is not allowed. */
export function sampleKeys(end: End): Promise<Sample | null> {
  const known = samples.get(end) ?? takeSample(end);
  samples.set(end, known);
  return known;
}

async function takeSample(end: End): Promise<Sample | null> {
  const nodes = await end.nodes();
  const each = Math.ceil(wanted / nodes.length);
  const parts = await Promise.all(nodes.map((node) => sampleNode(node, each)));
  const allowed = parts.filter((part) => part !== null);
  if (allowed.length < parts.length) return null;
  return { keys: allowed.flatMap((part) => part.keys), isWhole: allowed.every((part) => part.isWhole) };
}

async function sampleNode(node: ServerNode, limit: number): Promise<Sample | null> {
  const databases = [...(await node.info()).databases()];
  const connection = await node.open();
  const keys: SampledKey[] = [];
  let isWhole = true;
  for (const [db, counts] of databases) {
    const share = Math.ceil((limit * (counts.keys ?? 0)) / Math.max(1, totalOf(databases)));
    const selected = await connection.pipeline([['SELECT', db]]);
    if (selected[0] instanceof ReplyError) return null;
    const found = await scan(connection, Math.max(10, share));
    if (found === null) return null;
    const types = await connection.pipeline(found.keys.map((key) => ['TYPE', key]));
    if (types.some((type) => type instanceof ReplyError)) return null;
    keys.push(...found.keys.map((key, at) => ({ db, key, type: String(types[at]), node })));
    isWhole &&= found.isWhole;
  }
  return { keys, isWhole };
}

const totalOf = (databases: [number, Record<string, number>][]): number =>
  databases.reduce((sum, [, { keys = 0 }]) => sum + keys, 0);

type Asker = { pipeline: Awaited<ReturnType<ServerNode['open']>>['pipeline'] };

async function scan(connection: Asker, limit: number): Promise<{ keys: Buffer[]; isWhole: boolean } | null> {
  const keys: Buffer[] = [];
  let cursor = '0';
  for (let turn = 0; turn < maxScans && keys.length < limit; turn++) {
    const [reply] = await connection.pipeline([['SCAN', cursor, 'COUNT', Math.min(limit, 500)]]);
    if (!Array.isArray(reply)) return null;
    cursor = String(reply[0]);
    if (Array.isArray(reply[1])) keys.push(...reply[1].filter((key) => Buffer.isBuffer(key)));
    if (cursor === '0') return { keys, isWhole: true };
  }
  return { keys, isWhole: false };
}
