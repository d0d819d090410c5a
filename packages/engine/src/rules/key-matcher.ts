import { parseRegex, type Rule } from '@cacheferry/contract';
import { ByteMatcher } from './byte-matcher.ts';
import { parseGlob, prefixOfGlob } from './glob.ts';

/** Whether the key in `bytes[start, end)` matches. */
export type KeyMatch = (bytes: Uint8Array, start: number, end: number) => boolean;

/** One test for all rules about names of keys, which are alternatives; `null` when there is none. */
export function matchKeys(rules: readonly Rule[]): KeyMatch | null {
  const patterns = rules.filter((rule) => rule.kind === 'glob' || rule.kind === 'regex');
  if (patterns.length === 0) return null;
  const prefixes = patterns.map((rule) => (rule.kind === 'glob' ? prefixOfGlob(rule.pattern) : null));
  const byPrefix = prefixes.filter((prefix) => prefix !== null);
  const others = patterns.filter((_, index) => prefixes[index] === null);
  if (others.length === 0) return (bytes, start, end) => hasPrefix(byPrefix, bytes, start, end);
  const nodes = others.map((rule) => (rule.kind === 'glob' ? parseGlob(rule.pattern) : parseRegex(rule.pattern)));
  const matcher = new ByteMatcher({ kind: 'any', nodes });
  return (bytes, start, end) => hasPrefix(byPrefix, bytes, start, end) || matcher.matches(bytes, start, end);
}

function hasPrefix(prefixes: readonly Buffer[], bytes: Uint8Array, start: number, end: number): boolean {
  for (const prefix of prefixes) if (startsWith(prefix, bytes, start, end)) return true;
  return false;
}

/** Whether `bytes[start, end)` begins with the prefix. */
export function startsWith(prefix: Buffer, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < prefix.length) return false;
  for (let at = 0; at < prefix.length; at++) if (bytes[start + at] !== prefix[at]) return false;
  return true;
}
