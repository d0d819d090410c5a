import type { ShipDeps } from './ship-deps.ts';

/** Where other shards write to the same target: whether a key of it can be of this one. */
export function ownTest({ slots, rules }: ShipDeps): ((key: Buffer) => boolean) | null {
  if (slots) return (key) => slots.gate.isMine(key);
  return rules?.isOfOneServer ? (key) => rules.keyOrigins(key).length > 0 : null;
}
