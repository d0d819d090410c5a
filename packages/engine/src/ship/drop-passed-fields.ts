import type { Batch } from '../write/batch.ts';
import type { HeldFields } from './held-fields.ts';
import type { FieldLoss } from './release-fields.ts';

const pageHashes = 200;
const detail = 'the target has no expiry of hash fields';

/**
 * Behind the last command of a log, for a target that knows no expiry of fields: removes those that a server which loads
 * the log takes for gone, and books the expiries of all others as lost. Takes some of the hashes.
 */
export function dropPassedFields(held: HeldFields, batch: Batch, { lose, nowMs }: FieldLoss): void {
  held.take(pageHashes);
  if (held.needsSearch)
    lose({ class: 'field_ttl', count: 1, db: 0, detail: `${detail}, and which have passed is not known` });
  held.needsSearch = false;
  for (let taken = 0; taken < pageHashes; taken++) {
    const hash = held.takeNoted();
    if (hash === null) return;
    const { db, key, fields } = hash;
    const passed = fields.filter(({ atMs, isDoubted }) => atMs < nowMs && !isDoubted).map(({ field }) => field);
    if (passed.length > 0) {
      batch.select(db);
      batch.element(-1);
      batch.out.command('HDEL', key, ...passed);
    }
    const count = fields.length - passed.length;
    if (count > 0) lose({ class: 'field_ttl', count, detail, db, key });
  }
}
