import type { RdbMagic } from '@cacheferry/rdb';
import type { ArgumentView } from './argument-view.ts';

/** What a target understands of expiries. */
export type ExpiryDialect = {
  /** SET … PXAT (≥ 6.2). */
  hasSetPxat: boolean;
};

export type ExpiryContext = {
  /** When the command was received: what its relative expiry counts from. */
  receivedAtMs: number;
  dialect: ExpiryDialect;
  /** Expiries up to this time are not written as they are: `place` says how. */
  heldUntilMs: number;
  place: (key: Buffer, atMs: number) => number;
  /** A hash whose fields' expiries are held; `null`: the value is written as it is. */
  hold: (key: Buffer, value: TypedValue) => TypedValue | null;
};

export type TypedValue = { type: number; magic: RdbMagic; body: Buffer };

export type Words = readonly (Buffer | string)[];

/**
 * A command that sets an expiry, as commands that set the point in time which is right for the target.
 *
 * Sources before 7.0 send expiries that count from now, which would grow by the time they waited here; those that come
 * near may have to be held (`HeldExpiries`). A condition (NX, XX, GT, LT) of a replicated EXPIRE is met and left out.
 * Returns `null` when the command may be sent as it is.
 * Spec: redis t_string.c, expire.c, t_hash.c.
 */
export function absoluteExpiry(args: ArgumentView, context: ExpiryContext): Words[] | null {
  const name = args.at(0).toString('latin1').toUpperCase();
  switch (name) {
    case 'SET':
      return args.count > 3 ? set(args, context) : null;
    case 'SETEX':
    case 'PSETEX':
      return setWithExpiry(args, deadline(args, 2, name === 'SETEX', context.receivedAtMs), context);
    case 'EXPIRE':
    case 'PEXPIRE':
      return expireAt(args, deadline(args, 2, name === 'EXPIRE', context.receivedAtMs), context);
    case 'EXPIREAT':
    case 'PEXPIREAT': {
      const at = deadline(args, 2, name === 'EXPIREAT', 0);
      return at <= context.heldUntilMs || args.count > 3 ? expireAt(args, at, context) : null;
    }
    case 'HEXPIRE':
    case 'HPEXPIRE':
      return fieldExpiry(args, deadline(args, 2, name === 'HEXPIRE', context.receivedAtMs));
    default:
      return others[name]?.(args, context) ?? null;
  }
}

const others: Readonly<Record<string, (args: ArgumentView, context: ExpiryContext) => Words[] | null>> = {
  GETEX: getAndExpire,
  HSETEX: setFields,
  MSETEX: setAll,
};

/** Unix milliseconds; `NaN` when the argument is no number: then the target may judge it. */
function deadline(args: ArgumentView, index: number, inSeconds: boolean, fromMs: number): number {
  return fromMs + args.numberAt(index) * (inSeconds ? 1000 : 1);
}

/** What SET may ask of the key that was there, and how many words that takes. */
const conditions: Readonly<Record<string, number>> = { NX: 1, XX: 1, GET: 1, IFEQ: 2, IFNE: 2, IFDEQ: 2, IFDNE: 2 };
const longestCondition = 5;

/** What stands behind the values of SET and MSETEX. `at`: the expiry; `NaN`: none. */
type SetOptions = { others: Buffer[]; at: number; isRelative: boolean; isConditional: boolean };

/** `null` when the target may judge them. */
function setOptions(args: ArgumentView, first: number, receivedAtMs: number): SetOptions | null {
  const options: SetOptions = { others: [], at: Number.NaN, isRelative: false, isConditional: false };
  for (let index = first; index < args.count; index++) {
    const skipped = conditionAt(args, index);
    const found = skipped > 0 ? null : expiryAt(args, index, receivedAtMs);
    if (skipped > 0) {
      options.isConditional = true;
      index += skipped - 1;
    } else if (found === null) options.others.push(args.at(index));
    else if (Number.isNaN(found)) return null;
    else {
      options.at = found;
      options.isRelative ||= args.isWord(index, 'EX') || args.isWord(index, 'PX');
      index++;
    }
  }
  return options;
}

/** A replicated SET has happened: its conditions are met, though a target may have dropped the key by itself. */
function set(args: ArgumentView, context: ExpiryContext): Words[] | null {
  const options = setOptions(args, 3, context.receivedAtMs);
  if (options === null) return null;
  const { others, at, isRelative, isConditional } = options;
  if (Number.isNaN(at)) return isConditional ? [['SET', args.at(1), args.at(2), ...others]] : null;
  const isFine = !isConditional && !isRelative && context.dialect.hasSetPxat && !(at <= context.heldUntilMs);
  return isFine ? null : withExpiry(args.at(1), args.at(2), { at, others, context });
}

/** Key by key: older targets do not know it, and in a cluster the keys may lie on several nodes. */
function setAll(args: ArgumentView, context: ExpiryContext): Words[] | null {
  const end = 2 + 2 * args.numberAt(1);
  const options = end <= args.count ? setOptions(args, end, context.receivedAtMs) : null;
  if (options === null) return null;
  const { others, at } = options;
  const commands: Words[] = [];
  for (let index = 2; index < end; index += 2) {
    const [key, value] = [args.at(index), args.at(index + 1)];
    if (Number.isNaN(at)) commands.push(['SET', key, value, ...others]);
    else commands.push(...withExpiry(key, value, { at, others, context }));
  }
  return commands;
}

function conditionAt(args: ArgumentView, index: number): number {
  const word = args.at(index);
  return word.length > longestCondition ? 0 : (conditions[word.toString('latin1').toUpperCase()] ?? 0);
}

/** The point in time of an expiry option with its number; `null` when another word stands there. */
export function expiryAt(args: ArgumentView, index: number, receivedAtMs: number): number | null {
  if (args.isWord(index, 'EX')) return deadline(args, index + 1, true, receivedAtMs);
  if (args.isWord(index, 'PX')) return deadline(args, index + 1, false, receivedAtMs);
  if (args.isWord(index, 'EXAT')) return deadline(args, index + 1, true, 0);
  if (args.isWord(index, 'PXAT')) return deadline(args, index + 1, false, 0);
  return null;
}

function setWithExpiry(args: ArgumentView, at: number, context: ExpiryContext): Words[] | null {
  if (args.count !== 4 || Number.isNaN(at)) return null;
  return withExpiry(args.at(1), args.at(3), { at, others: [], context });
}

function withExpiry(
  key: Buffer,
  value: Buffer,
  { at, others, context }: { at: number; others: Buffer[]; context: ExpiryContext },
): Words[] {
  const place = String(context.place(key, at));
  if (context.dialect.hasSetPxat) return [['SET', key, value, ...others, 'PXAT', place]];
  return [
    ['SET', key, value],
    ['PEXPIREAT', key, place],
  ];
}

function getAndExpire(args: ArgumentView, context: ExpiryContext): Words[] | null {
  if (args.isWord(2, 'PERSIST')) return [['PERSIST', args.at(1)]];
  const at = args.count === 4 ? expiryAt(args, 2, context.receivedAtMs) : null;
  return at === null ? null : expireAt(args, at, context);
}

function expireAt(args: ArgumentView, at: number, context: ExpiryContext): Words[] | null {
  if (args.count < 3 || Number.isNaN(at)) return null;
  const key = args.at(1);
  return [['PEXPIREAT', key, String(context.place(key, at))]];
}

function fieldExpiry(args: ArgumentView, at: number): Words[] | null {
  if (args.count < 3 || Number.isNaN(at)) return null;
  return [['HPEXPIREAT', args.at(1), String(at), ...args.from(3)]];
}

/** A replicated HSETEX has happened as well: its condition, of which it has one at most, is met. */
function setFields(args: ArgumentView): Words[] | null {
  const isCondition = (index: number): boolean => args.isWord(index, 'FNX') || args.isWord(index, 'FXX');
  for (let index = 2; index < args.count && !args.isWord(index, 'FIELDS'); index++)
    if (isCondition(index)) return [[...args.from(0).slice(0, index), ...args.from(index + 1)]];
  return null;
}
