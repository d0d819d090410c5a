import { RuleFault } from './rule-fault.ts';

/** Keys that begin with `old` begin with `now` on the target. */
export type KeyPrefix = { old: string; now: string };

/**
 * Reads `old:new`, split at the first colon; a colon or backslash within is written `\:` and `\\`. An empty `old` puts
 * `new` before every key, an empty `new` takes `old` away. Throws `RuleFault`.
 */
export function parseKeyPrefix(text: string): KeyPrefix {
  const found = /^((?:[^:\\]|\\.)*):(.*)$/su.exec(text);
  if (!found) throw new RuleFault('write old:new; a colon within the old beginning is written \\:');
  const [old, now] = [unescape(found[1] as string), unescape(found[2] as string)];
  if (old === now) throw new RuleFault('both beginnings are the same');
  return { old, now };
}

const unescape = (text: string): string => text.replace(/\\([:\\])/g, '$1');
