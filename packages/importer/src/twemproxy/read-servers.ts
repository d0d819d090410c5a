import { mostSocketPathBytes } from '@cacheferry/contract';
import type { FerryError } from '@cacheferry/kernel';
import type { PoolServer } from './pool.ts';

/** The port that libmemcached leaves out of the name of a server. */
const namelessPort = 11_211;

/**
 * Reads `host:port:weight [name]` and `/path:weight [name]` lines and brings them into the order of twemproxy: by name, shorter ones first.
 *
 * Spec: twemproxy nc_conf.c, conf_add_server and conf_validate_server.
 */
export function readServers(lines: unknown, wrong: (problem: string) => FerryError): PoolServer[] {
  if (!Array.isArray(lines) || lines.length === 0) throw wrong('it has no servers');
  const servers = lines.map((line) => readServer(String(line), wrong)).sort(byName);
  const double = servers.find(({ name }, index) => servers[index + 1]?.name === name);
  if (double) throw wrong(`two servers have the name ${double.name}`);
  return servers;
}

function readServer(line: string, wrong: (problem: string) => FerryError): PoolServer {
  if (line.startsWith('/')) return readSocket(line, wrong);
  const found = /^(.+):(\d{1,5}):(\d{1,9})(?: ([^ ]+))?$/.exec(line);
  if (!found) throw wrong(`the server "${line}" is not written like host:port:weight [name]`);
  const [, host = '', digits = '', share = '', name] = found;
  const [port, weight] = [Number(digits), Number(share)];
  if (port < 1 || port > 65_535) throw wrong(`the server "${line}" has no such port`);
  requireWeight(weight, line, wrong);
  return { name: name ?? (port === namelessPort ? host : `${host}:${digits}`), host, port, weight };
}

/** Without a name of its own it is known by its path and the colon behind it. The path has no colon, and blanks only before a name. */
function readSocket(line: string, wrong: (problem: string) => FerryError): PoolServer {
  const found = /^(\/[^:]+):(\d{1,9})(?: ([^ :]+))?$/.exec(line);
  const [, path = '', share, name] = found ?? [];
  if (!found || (name === undefined && path.includes(' ')))
    throw wrong(`the server "${line}" is not written like /path:weight [name]`);
  if (new TextEncoder().encode(path).length > mostSocketPathBytes)
    throw wrong(`the path of "${line}" is longer than ${mostSocketPathBytes} bytes`);
  const weight = Number(share);
  requireWeight(weight, line, wrong);
  return { name: name ?? `${path}:`, host: path, port: 0, weight };
}

const mostWeight = 1_000_000;

function requireWeight(weight: number, line: string, wrong: (problem: string) => FerryError): void {
  if (weight < 1 || weight > mostWeight) throw wrong(`the weight of "${line}" is not between 1 and ${mostWeight}`);
}

function byName({ name: one }: PoolServer, { name: other }: PoolServer): number {
  const [a, b] = [one, other].map((name) => new TextEncoder().encode(name)) as [Uint8Array, Uint8Array];
  const at = a.findIndex((byte, index) => byte !== b[index]);
  return a.length - b.length || (at < 0 ? 0 : (a[at] as number) - (b[at] as number));
}
