import type { Token } from '@cacheferry/contract';
import type { TokenRecord } from '../store/people.ts';

/** A token as the API shows one: by its beginning only. */
export function tokenView({ id, name, prefix, role, createdAt, expiresAt, lastUsedAt }: TokenRecord): Token {
  return {
    id,
    name,
    prefix,
    role,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  };
}
