import type { MigrationRules } from '@cacheferry/engine';
import type { KeyRef } from '../check-types.ts';

/** Where a key of the source is on the target. */
export function placeOnTarget(rules: MigrationRules | null, { db, key }: KeyRef): KeyRef {
  return rules === null ? { db, key } : { db: rules.mapDb(db), key: rules.nameOf(key) };
}
