import type { Clock } from '@cacheferry/kernel';
import { ReplyError } from '@cacheferry/resp';
import type { TargetLink } from '../route/target-link.ts';
import type { RestoreForm } from './restore-command.ts';

/** What a target is and can do, as far as it shapes what is written to it. */
export type TargetProfile = {
  endpoint: string;
  product: 'redis' | 'valkey';
  /** Version of the commands it knows: Valkey counts as the Redis that it came from, until its own 9.0. */
  redisVersion: number;
  valkeyVersion: number;
  /** Above that a bulk string makes it close the connection. */
  maxBulkBytes: number;
  /** How many databases it has. */
  databases: number;
  access: RestoreForm['access'];
  /** How far its clock is ahead of ours; 0 where it does not tell. */
  clockAheadMs: number;
};

/** `7.0.15` → 70015. */
const versionNumber = (text: string | undefined): number => {
  const [major = 0, minor = 0, patch = 0] = (text ?? '').split('.').map(Number);
  return Number.isFinite(major + minor + patch) ? major * 10_000 + minor * 100 + patch : 0;
};

/** A managed server that hides its settings: the smallest limit that is known of one. */
const cautiousBulkBytes = 64 * 1024 * 1024;
const defaultBulkBytes = 512 * 1024 * 1024;

/** Asks a target what it is. A server that hides something is taken for the least that it may be. */
export async function readTargetProfile(connection: TargetLink, clock: Clock): Promise<TargetProfile> {
  const [info, bulk, policy, databases] = await connection.pipeline([
    ['INFO', 'server'],
    ['CONFIG', 'GET', 'proto-max-bulk-len'],
    ['INFO', 'memory'],
    ['CONFIG', 'GET', 'databases'],
  ]);
  if (info instanceof ReplyError) throw connection.classify(info, 'INFO');
  const server = fieldsOf(String(info));
  const memory = policy instanceof ReplyError ? new Map<string, string>() : fieldsOf(String(policy));
  const valkeyVersion = versionNumber(server.get('valkey_version'));
  return {
    endpoint: connection.endpoint,
    product: valkeyVersion > 0 || server.get('server_name') === 'valkey' ? 'valkey' : 'redis',
    redisVersion: versionNumber(server.get('redis_version')),
    valkeyVersion,
    maxBulkBytes: bulkLimit(bulk),
    databases: settingOf(databases) ?? (await countDatabases(connection)),
    access: accessOf(memory.get('maxmemory_policy')),
    clockAheadMs: await clockAhead(connection, clock),
  };
}

/** How RESTORE is written for a target of that version. */
export function restoreFormFor(profile: TargetProfile, replace: boolean): RestoreForm {
  const isModern = profile.redisVersion >= 50_000;
  return {
    replace: replace && profile.redisVersion >= 30_000,
    absolute: isModern,
    access: isModern ? profile.access : 'none',
  };
}

/** Whether it knows expiries of hash fields. */
export const hasFieldTtl = ({ valkeyVersion, redisVersion }: TargetProfile): boolean =>
  valkeyVersion > 0 ? valkeyVersion >= 90_000 : redisVersion >= 70_400;

/** Whether a server knows HSETEX: Redis from 8.0 on, Valkey as soon as it has expiries of fields. */
export const hasHashSetEx = (profile: TargetProfile): boolean =>
  hasFieldTtl(profile) && (profile.valkeyVersion > 0 || profile.redisVersion >= 80_000);

function bulkLimit(reply: unknown): number {
  if (!Array.isArray(reply)) return cautiousBulkBytes;
  // A server before 4.0 does not know the setting: its limit is fixed.
  return settingOf(reply) ?? defaultBulkBytes;
}

function settingOf(reply: unknown): number | null {
  const value = Array.isArray(reply) ? Number(String(reply[1] ?? '')) : 0;
  return value > 0 ? value : null;
}

/** For servers that hide their settings: tries which databases can be selected. */
async function countDatabases(connection: TargetLink): Promise<number> {
  const tried = Array.from({ length: 1024 }, (_, db) => ['SELECT', db]);
  const replies = await connection.pipeline([...tried, ['SELECT', 0]]);
  const first = replies.findIndex((reply) => reply instanceof ReplyError);
  return first < 1 ? (first === 0 ? 1 : tried.length) : first;
}

async function clockAhead(connection: TargetLink, clock: Clock): Promise<number> {
  const before = clock.now();
  const [time] = await connection.pipeline([['TIME']]);
  if (!Array.isArray(time)) return 0;
  return Number(time[0]) * 1000 + Number(time[1]) / 1000 - (before + clock.now()) / 2;
}

function accessOf(policy: string | undefined): RestoreForm['access'] {
  if (policy?.endsWith('-lru')) return 'idle';
  return policy?.endsWith('-lfu') ? 'freq' : 'none';
}

function fieldsOf(info: string): Map<string, string> {
  const pairs = info.split(/\r?\n/).map((line) => /^([^#:]+):(.*)$/.exec(line));
  return new Map(pairs.flatMap((pair) => (pair ? [[pair[1] ?? '', pair[2] ?? '']] : [])));
}
