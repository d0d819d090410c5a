import { FerryError } from '@cacheferry/kernel';

/** What stands where other servers have a host: the path of a unix socket. */
export const isSocketPath = (host: string): boolean => host.startsWith('/');

/** What the kernel has room for. */
export const mostSocketPathBytes = 107;
const invalid = (problem: string) =>
  new FerryError('endpoint.invalid', { problem, example: 'redis+unix:///run/redis/redis.sock?db=0' });

/** `//[user:password@]/path`: the login as it stands, and the path, of which nothing is decoded yet. */
export function splitSocket(text: string): { login: string | null; path: string } {
  if (!text.startsWith('//')) throw invalid('the // after the kind is missing');
  const whole = text.slice(2);
  const at = whole.startsWith('/') ? -1 : whole.indexOf('@/');
  const path = whole.slice(at + 1);
  if (!path.startsWith('/') || path.endsWith('/')) throw invalid('the path of the socket is not absolute');
  return { login: at < 0 ? null : whole.slice(0, at), path };
}

/** Throws `endpoint.invalid` for a path that no socket can have. */
export function requireSocketPath(path: string): string {
  if (new TextEncoder().encode(path).length > mostSocketPathBytes)
    throw invalid(`the path of the socket is longer than ${mostSocketPathBytes} bytes`);
  return path;
}

/** The path as it stands in a URL. */
export const formatSocketPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');
