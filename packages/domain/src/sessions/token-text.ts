import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits as text: a session's cookie or a script's token. Only its hash is stored. */
export function newTokenText(prefix = ''): string {
  return prefix + randomBytes(32).toString('base64url');
}

/** What is stored and looked up of a token. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The token that a page must send along with each write. Made from the session's own, so that no table holds it. */
export function csrfTokenOf(sessionToken: string): string {
  return createHash('sha256').update('csrf\n').update(sessionToken).digest('base64url');
}
