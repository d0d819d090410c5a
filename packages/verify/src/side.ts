import { type Clock, FerryError } from '@cacheferry/kernel';
import {
  commandHead,
  type Connection,
  infoCount,
  infoMajor,
  openConnection,
  type Reply,
  ReplyError,
} from '@cacheferry/resp';
import { ClusterDirectory, type ServerAddress } from '@cacheferry/topology';
import { ClusterReader } from './cluster/cluster-reader.ts';
import { PoolPlace, PoolReader } from './pool/pool-reader.ts';
import type { SideLink } from './side-link.ts';

/** Where a side is: one server, a cluster, or a pool of servers. */
export type SidePlace = ServerAddress | ClusterDirectory | PoolPlace;

/** One end of a check: a connection for scanning, one for reading, and what its version can do. */
export type Side = {
  role: 'source' | 'target';
  endpoint: string;
  scan: SideLink;
  read: SideLink;
  /** Which server has which keys: the same text as long as none has moved. Null: there is but one server. */
  layout: (() => Promise<string>) | null;
  product: 'redis' | 'valkey';
  /** Major version of the commands that it knows. */
  major: number;
  /** PEXPIRETIME (from 7.0); without it times are computed and need a tolerance. */
  hasExactTtl: boolean;
  /** The command that tells a key's expiry, and its beginning. */
  ttlCommand: 'PEXPIRETIME' | 'PTTL';
  ttlHead: Buffer;
  /** The server's clock minus ours, in ms. */
  clockOffsetMs: number;
  close(): Promise<void>;
};

/** Opens both connections of a side and looks at its version. Throws `endpoint.*`. */
export async function openSide(
  role: Side['role'],
  place: SidePlace,
  deps: { clock: Clock; signal: AbortSignal },
): Promise<Side> {
  const scan = await openLink(place, deps.signal);
  try {
    const read = place instanceof ClusterDirectory ? scan : await openLink(place, deps.signal);
    const info = await infoOf(scan, 'server');
    const major = infoMajor(info);
    const clockOffsetMs = await clockOffset(scan, deps.clock);
    const close = async () => {
      await Promise.all([scan.close(), read.close()]);
    };
    const product = /^(?:valkey_version|server_name:valkey)/m.test(info) ? 'valkey' : 'redis';
    const hasExactTtl = major >= 7;
    const ttlCommand = hasExactTtl ? 'PEXPIRETIME' : 'PTTL';
    const ttlHead = commandHead(ttlCommand);
    const { endpoint } = scan;
    const layout = scan instanceof ClusterReader ? () => scan.layout() : null;
    const told = { product, major, hasExactTtl, ttlCommand, ttlHead, clockOffsetMs } as const;
    return { role, endpoint, scan, read, layout, ...told, close };
  } catch (error) {
    await scan.close();
    throw error;
  }
}

function openLink(
  place: SidePlace,
  signal: AbortSignal,
): Promise<SideLink & (Connection | ClusterReader | PoolReader)> {
  const name = 'cacheferry:check';
  if (place instanceof ClusterDirectory) return ClusterReader.open(place, name, signal);
  if (place instanceof PoolPlace) return PoolReader.open(place, name, signal);
  return openConnection({ ...place, db: 0, name, replyTimeoutMs: 60_000, signal });
}

/** A section of INFO as text. Throws the classified error. */
export async function infoOf(connection: SideLink, section: string): Promise<string> {
  return String(await connection.call('INFO', section));
}

/** The absolute expiry that a reply to the side's own command means; −1 without one or without the key. */
export function expiryOf(side: Pick<Side, 'hasExactTtl' | 'clockOffsetMs'>, reply: number, nowMs: number): number {
  if (reply < 0) return -1;
  return side.hasExactTtl ? reply : nowMs + side.clockOffsetMs + reply;
}

/** The memory that a side uses, all of its servers together; null when one does not say. */
export async function usedMemoryOf(connection: SideLink): Promise<number | null> {
  const [info] = await connection.pipeline([['INFO', 'memory']]);
  return infoCount(info, 'used_memory');
}

/** What a database holds, from INFO keyspace: keys, and how many of them can expire. */
export type DatabaseSize = { keys: number; expires: number };

/** The databases that hold anything. */
export async function databasesOf(connection: SideLink): Promise<Map<number, DatabaseSize>> {
  const info = await infoOf(connection, 'keyspace');
  const rows = [...info.matchAll(/^db(\d+):keys=(\d+),expires=(\d+)/gm)];
  return new Map(rows.map((row) => [Number(row[1]), { keys: Number(row[2]), expires: Number(row[3]) }]));
}

/** Throws `endpoint.no_such_database`, or the classified error. */
export async function selectDatabase(connection: SideLink, db: number): Promise<void> {
  const [reply] = await connection.pipeline([['SELECT', db]]);
  if (!(reply instanceof ReplyError)) return;
  const error = connection.classify(reply, 'SELECT');
  const { endpoint } = connection;
  throw error.code === 'endpoint.no_such_database' ? new FerryError(error.code, { endpoint, db }) : error;
}

/** Throws the classified error when a reply is one. */
export function need(connection: SideLink, reply: Reply | undefined, command: string): Reply {
  if (reply instanceof ReplyError) throw connection.classify(reply, command);
  if (reply === undefined) throw new FerryError('endpoint.protocol', { endpoint: connection.endpoint });
  return reply;
}

async function clockOffset(connection: SideLink, clock: Clock): Promise<number> {
  const before = clock.now();
  const serverMs = serverTime(await connection.call('TIME'));
  const after = clock.now();
  return serverMs === null ? 0 : Math.round(serverMs - (before + after) / 2);
}

/** The time that a reply to TIME tells, in ms; null when it is none. */
export function serverTime(reply: Reply | undefined): number | null {
  if (!Array.isArray(reply)) return null;
  return Number(String(reply[0])) * 1000 + Math.floor(Number(String(reply[1])) / 1000);
}
