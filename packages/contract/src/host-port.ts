import { FerryError } from '@cacheferry/kernel';

export type HostPort = { host: string; port: number };

const like = { example: '10.0.0.5:6379' };
const invalid = (problem: string) => new FerryError('endpoint.invalid', { problem, ...like });
const hostName = /^(?=.{1,253}$)[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]*[\p{L}\p{N}_.])?$/u;
const ipv6 = /^\[[0-9a-fA-F:.]{2,45}(%[0-9a-zA-Z.-]{1,32})?\]$/;

/** Reads `host[:port],host[:port]…`, IPv6 in brackets. Throws `endpoint.invalid`. */
export function readHosts(text: string, defaultPort: number): HostPort[] {
  const parts = text.split(',');
  if (parts.length > 1000) throw invalid('it names more than 1,000 hosts');
  return parts.map((part) => readHost(part, defaultPort));
}

function readHost(text: string, defaultPort: number): HostPort {
  const colon = text.endsWith(']') ? -1 : text.lastIndexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? String(defaultPort) : text.slice(colon + 1);
  if (host === '') throw invalid('a host is missing');
  if (!ipv6.test(host) && !hostName.test(host)) throw invalid('a host is neither a name nor an address');
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw invalid('a port is not between 1 and 65535');
  return { host: host.startsWith('[') ? host.slice(1, -1) : host, port: Number(port) };
}

/** `host:port,host:port`, IPv6 in brackets: what `readHosts` reads. */
export function formatHosts(hosts: HostPort[]): string {
  return hosts.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(',');
}
