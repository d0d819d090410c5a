import type { FastifyReply, FastifyRequest } from 'fastify';
import { isSecure } from './request-facts.ts';

/** Over HTTPS the name binds the cookie to this host, so that no other host of the domain can set it. */
const plainName = 'ferry_session';
const secureName = '__Host-ferry_session';

/** The token of the session in a request's cookie. */
export function readSessionCookie(request: FastifyRequest): string | undefined {
  const wanted = isSecure(request) ? secureName : plainName;
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() === wanted) return part.slice(at + 1).trim() || undefined;
  }
  return undefined;
}

/** Gives the browser the token until the session ends at the latest. No script can read it, no other site's write sends it. */
export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string, maxAgeMs: number): void {
  write(request, reply, token, Math.max(0, Math.floor(maxAgeMs / 1000)));
}

/** Takes the token from the browser. */
export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  write(request, reply, '', 0);
}

function write(request: FastifyRequest, reply: FastifyReply, value: string, maxAgeSeconds: number): void {
  const secure = isSecure(request);
  const attributes = ['Path=/', `Max-Age=${maxAgeSeconds}`, 'HttpOnly', 'SameSite=Lax', ...(secure ? ['Secure'] : [])];
  reply.header('set-cookie', [`${secure ? secureName : plainName}=${value}`, ...attributes].join('; '));
}
