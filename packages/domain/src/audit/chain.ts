import { createHash } from 'node:crypto';
import { canonicalJson } from '../plain-json.ts';
import type { AuditRecord } from '../store/people.ts';

/** The hash of an entry and of all before it: a row that is changed or taken out breaks the chain. */
export function chainHash(previous: string, entry: AuditRecord): string {
  return createHash('sha256').update(previous).update('\n').update(canonicalJson(entry)).digest('hex');
}
