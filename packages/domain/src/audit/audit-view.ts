import { type AuditEntry, Role } from '@cacheferry/contract';
import type { AuditRecord } from '../store/people.ts';

/** An entry of the audit as the API shows one. */
export function auditView({ actorId: _, ...entry }: AuditRecord): AuditEntry {
  const role = Role.safeParse(entry.role);
  return { ...entry, role: role.success ? role.data : null };
}
