import type { ReplyError } from '@cacheferry/resp';

/** Where an answer sends a command: to the slot's new owner for good, to another node for once, or nowhere for now. */
export type Redirect = { kind: 'moved' | 'ask'; slot: number; place: string } | { kind: 'later' };

/** Reads `MOVED 3999 host:port`, `ASK 3999 host:port`, `TRYAGAIN …`; null for any other error. */
export function redirectOf(error: ReplyError): Redirect | null {
  if (error.prefix === 'TRYAGAIN') return { kind: 'later' };
  const found = /^(MOVED|ASK) (\d+) (\S+)$/.exec(error.message);
  if (!found) return null;
  return { kind: found[1] === 'MOVED' ? 'moved' : 'ask', slot: Number(found[2]), place: found[3] ?? '' };
}
