import { FerryError } from '@cacheferry/kernel';
import { parseDocument, stringify } from 'yaml';
import { type Distribution, distributions, type HashName, hashNames, type Pool } from './pool.ts';
import { readServers } from './read-servers.ts';

/** Settings of a pool that have no bearing on where its keys are. */
const otherSettings = new Set([
  'listen',
  'timeout',
  'backlog',
  'client_connections',
  'preconnect',
  'server_connections',
  'server_retry_timeout',
  'server_failure_limit',
  'tcpkeepalive',
  'reuseport',
]);

type Settings = Record<string, unknown>;
type Complain = (problem: string) => FerryError;

/**
 * Reads the pools of a `nutcracker.yml` by the rules of twemproxy 0.5.
 *
 * Throws `twemproxy.invalid` with what is wrong, `twemproxy.unknown_hash`.
 */
export function readPools(text: string, path: string): Map<string, Pool | 'memcached'> {
  const complain = complaintsOf(path);
  const pools = Object.entries(readSettings(text, complain));
  return new Map(pools.map(([name, settings]) => [name, readPool(name, settings, complain)] as const));
}

/** The same file without its passwords and comments, which may hold one. Throws as `readPools` does. */
export function withoutPasswords(text: string, path: string): string {
  const pools = Object.entries(readSettings(text, complaintsOf(path)));
  return stringify(Object.fromEntries(pools.map(([name, { redis_auth: _, ...settings }]) => [name, settings])), {
    schema: 'failsafe',
    lineWidth: 0,
  });
}

const complaintsOf =
  (path: string): Complain =>
  (problem) =>
    new FerryError('twemproxy.invalid', { path, problem });

function readSettings(text: string, complain: Complain): Record<string, Settings> {
  // Every scalar is text for twemproxy; anchors, which it does not know, could only make the file larger.
  const document = parseDocument(text, { schema: 'failsafe', merge: false });
  const [error] = document.errors;
  if (error) throw complain(error.message.split('\n')[0] ?? error.code);
  let content: unknown;
  try {
    content = document.toJS({ maxAliasCount: 0 });
  } catch {
    throw complain('it uses aliases');
  }
  if (!isMap(content) || Object.keys(content).length === 0) throw complain('it holds no pool');
  for (const [name, settings] of Object.entries(content))
    if (!isMap(settings)) throw complain(`pool ${name} is no list of settings`);
  return content as Record<string, Settings>;
}

function readPool(name: string, settings: Settings, complain: Complain): Pool | 'memcached' {
  const wrong: Complain = (problem) => complain(`pool ${name}: ${problem}`);
  const { servers, hash, distribution, hash_tag, redis, redis_auth, redis_db, auto_eject_hosts, ...rest } = settings;
  const unknown = Object.keys(rest).find((setting) => !otherSettings.has(setting));
  if (unknown !== undefined) throw wrong(`the setting ${unknown} is unknown`);
  const pool: Pool = {
    name,
    hash: hashOf(name, hash),
    distribution: distributionOf(distribution, wrong),
    hashTag: hashTagOf(hash_tag, wrong),
    ejectsHosts: isTrue('auto_eject_hosts', auto_eject_hosts, wrong),
    password: typeof redis_auth === 'string' && redis_auth !== '' ? redis_auth : null,
    db: numberOf('redis_db', redis_db, wrong),
    servers: readServers(servers, wrong),
  };
  // Its points on the ring could not be told: twemproxy cuts the name, but not its length.
  const tooLong = pool.servers.find((server) => new TextEncoder().encode(server.name).length > maxNameBytes);
  if (tooLong && pool.distribution === 'ketama') throw wrong(`the server name ${tooLong.name} is too long for ketama`);
  return isTrue('redis', redis, wrong) ? pool : 'memcached';
}

const maxNameBytes = 78;

function hashOf(pool: string, value: unknown): Pool['hash'] {
  if (value === undefined) return 'fnv1a_64';
  const name = String(value);
  const found = hashNames.find((known): known is HashName => known === name);
  if (!found) throw new FerryError('twemproxy.unknown_hash', { pool, hash: name, known: hashNames.join(', ') });
  return found;
}

function distributionOf(value: unknown, wrong: Complain): Distribution {
  const found = value === undefined ? 'ketama' : distributions.find((name) => name === value);
  if (!found) throw wrong(`the distribution ${String(value)} is none of ${distributions.join(', ')}`);
  return found;
}

function hashTagOf(value: unknown, wrong: Complain): Pool['hashTag'] {
  if (value === undefined) return null;
  const bytes = new TextEncoder().encode(String(value));
  if (bytes.length !== 2) throw wrong('hash_tag is not two characters, like "{}"');
  return [bytes[0] as number, bytes[1] as number];
}

function isTrue(setting: string, value: unknown, wrong: Complain): boolean {
  if (value === undefined || value === 'false') return false;
  if (value !== 'true') throw wrong(`${setting} is neither true nor false`);
  return true;
}

function numberOf(setting: string, value: unknown, wrong: Complain): number {
  if (value === undefined) return 0;
  if (typeof value !== 'string' || !/^\d{1,9}$/.test(value)) throw wrong(`${setting} is not a number`);
  return Number(value);
}

const isMap = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
