import { expiryAt, type Words } from './absolute-expiry.ts';
import type { ArgumentView } from './argument-view.ts';

/**
 * A replicated HSETEX for a target that does not know it: what it wrote, and the expiry in a command of its own. It has
 * happened: its condition is met. Its words that keep expiries cannot be said.
 */
export function plainHashSet(args: ArgumentView, receivedAtMs: number): { set: Words; expire: Words | null } | null {
  let at = 2;
  let atMs: number | null = null;
  for (; at < args.count && !args.isWord(at, 'FIELDS'); at++) {
    const time = expiryAt(args, at, receivedAtMs);
    if (time === null) continue;
    atMs = time;
    at++;
  }
  const pairs = args.from(at + 2);
  if (pairs.length === 0) return null;
  const fields = pairs.filter((_, index) => index % 2 === 0);
  return {
    set: ['HSET', args.at(1), ...pairs],
    expire: atMs === null ? null : ['HPEXPIREAT', args.at(1), String(atMs), 'FIELDS', String(fields.length), ...fields],
  };
}
