import { FerryError } from '@cacheferry/kernel';
import { footerVersionFor, magicOf, makeDumpPayload, readDumpPayload, recodeValue } from '@cacheferry/rdb';
import type { ArgumentView } from './argument-view.ts';
import type { ExpiryContext, TypedValue, Words } from './absolute-expiry.ts';

export type RestoreTarget = {
  product: 'redis' | 'valkey';
  /** RESTORE … ABSTTL (≥ 5.0). */
  hasAbsolute: boolean;
  refused: ReadonlySet<number>;
  nowMs: () => number;
};

/** A replicated RESTORE in a form that the target takes, and what that form cannot say. */
export type RewrittenRestore = { words: Words; lostFieldTtls: number };

/**
 * Writes a replicated RESTORE for the target: its payload may be of a newer version or type than the target reads, and
 * its expiry may count from now.
 *
 * Returns `null` when the target takes the value in no form.
 */
export function rewriteRestore(
  args: ArgumentView,
  context: ExpiryContext,
  target: RestoreTarget,
): RewrittenRestore | null {
  const [, key, , payload] = args.from(0) as [Buffer, Buffer, Buffer, Buffer];
  const recoded = recodePayload(payload, target, (value) => context.hold(key, value));
  if (!recoded) return null;
  const options = args.from(4).filter((word) => word.toString('latin1').toUpperCase() !== 'ABSTTL');
  const isAbsolute = options.length < args.count - 4;
  const ttl = args.numberAt(2);
  const at = isAbsolute || !(ttl > 0) ? ttl : context.receivedAtMs + ttl;
  const place = at > 0 ? context.place(key, at) : at;
  const words: (Buffer | string)[] = ['RESTORE', key];
  if (target.hasAbsolute) words.push(String(place), recoded.payload, ...options, 'ABSTTL');
  else words.push(String(place > 0 ? Math.max(1, place - target.nowMs()) : 0), recoded.payload, ...options);
  return { words, lostFieldTtls: recoded.lostFieldTtls };
}

/** The commands that write a value over a key, whatever is there. `null` when the target takes the value in no form. */
export function restoreOver(
  { key, payload, place }: { key: Buffer; payload: Buffer /** Expiry to write; 0: none. */; place: number },
  target: RestoreTarget,
): { commands: Words[]; lostFieldTtls: number } | null {
  const recoded = recodePayload(payload, target);
  if (!recoded) return null;
  const { lostFieldTtls } = recoded;
  if (target.hasAbsolute)
    return { commands: [['RESTORE', key, String(place), recoded.payload, 'REPLACE', 'ABSTTL']], lostFieldTtls };
  const ttl = place > 0 ? Math.max(1, Math.round(place - target.nowMs())) : 0;
  return {
    commands: [
      ['DEL', key],
      ['RESTORE', key, String(ttl), recoded.payload],
    ],
    lostFieldTtls,
  };
}

function recodePayload(
  payload: Buffer,
  target: RestoreTarget,
  hold: (value: TypedValue) => TypedValue | null = () => null,
): { payload: Buffer; lostFieldTtls: number } | null {
  const { version, ...found } = readDumpPayload(payload);
  const written = { ...found, magic: magicOf(version) };
  const { type, magic, body } = hold(written) ?? written;
  const isForeign = type >= 22 && (magic === 'VALKEY') !== (target.product === 'valkey');
  if (!target.refused.has(type) && !isForeign)
    return { payload: makeDumpPayload(type, body, footerVersionFor(type, magic)), lostFieldTtls: 0 };
  try {
    const { product, refused } = target;
    const recoded = recodeValue(type, magic, body, { product, refused });
    if (target.refused.has(recoded.type)) return null;
    const version = footerVersionFor(recoded.type, recoded.magic);
    return {
      payload: makeDumpPayload(recoded.type, recoded.body, version),
      lostFieldTtls: recoded.fieldExpiries.length,
    };
  } catch (error) {
    if (error instanceof FerryError && error.code === 'rdb.unsupported') return null;
    throw error;
  }
}
