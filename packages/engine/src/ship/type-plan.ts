import type { LostClass } from '@cacheferry/contract';
import { footerVersionFor, type RdbMagic } from '@cacheferry/rdb';

/** What is done with values of one type byte: sent as they are, tried per module, re-encoded, or not sent at all. */
export type TypeFate =
  | { kind: 'pass'; footerVersion: number }
  | { kind: 'module' }
  | { kind: 'recode' }
  | { kind: 'lost'; class: LostClass };

/** The fate of every type byte of an RDB on a target that refuses some of them. */
export type TypePlan = readonly TypeFate[];

/** A module's value as release candidates of 4.0 wrote it: no server reads it any more. */
const oldModuleType = 6;
const moduleType = 7;

/**
 * Decides per type byte, once: the target's own answers (`refused`) count, not what its version should know.
 *
 * Types from 22 on mean something else in a Valkey file than in a Redis file and are never passed between the two.
 */
export function planTypes(magic: RdbMagic, product: 'redis' | 'valkey', refused: ReadonlySet<number>): TypePlan {
  return Array.from({ length: 256 }, (_, type): TypeFate => {
    if (type === oldModuleType) return { kind: 'lost', class: 'module' };
    if (type === moduleType) return { kind: 'module' };
    const isForeign = type >= 22 && (magic === 'VALKEY') !== (product === 'valkey');
    if (refused.has(type) || isForeign) return { kind: 'recode' };
    return { kind: 'pass', footerVersion: footerVersionFor(type, magic) };
  });
}
