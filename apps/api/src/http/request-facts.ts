import type { FastifyRequest } from 'fastify';
import { isLoopback, nameOf } from './hosts.ts';

/** A proxy is trusted to tell about its client only where it runs on this machine. */
const fromProxy = (request: FastifyRequest, header: string): string | undefined => {
  if (!isLoopback(peerOf(request))) return undefined;
  const value = request.headers[header];
  return (Array.isArray(value) ? value.at(-1) : value)?.split(',').at(-1)?.trim();
};

const peerOf = (request: FastifyRequest): string => (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');

/** The client's address: that of the connection, or what a proxy on this machine says. */
export function addressOf(request: FastifyRequest): string {
  const told = fromProxy(request, 'x-forwarded-for');
  return told && /^[0-9a-fA-F.:]{2,45}$/.test(told) ? told : peerOf(request);
}

/** Whether the browser reached us by HTTPS. */
export function isSecure(request: FastifyRequest): boolean {
  return fromProxy(request, 'x-forwarded-proto') === 'https';
}

/**
 * Whether a request was made by another site's page. A browser says where a write comes from; a program says nothing.
 */
export function isForeign({ headers }: FastifyRequest, allowedHosts: readonly string[]): boolean {
  const { origin, host = '' } = headers;
  const site = headers['sec-fetch-site'];
  if (origin === undefined) return site === 'cross-site' || site === 'same-site';
  if (!URL.canParse(origin)) return true;
  const from = new URL(origin).host;
  return from !== host.toLowerCase() && !allowedHosts.map(nameOf).includes(nameOf(from));
}
