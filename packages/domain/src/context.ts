import type { Role } from '@cacheferry/contract';
import type { Clock, Logger } from '@cacheferry/kernel';
import type { Doorbell } from './ports.ts';
import type { Store } from './store/index.ts';

/** Who asks for something: nobody yet, a signed-in user, a script with a token, or a part of the control plane itself. */
export type Actor =
  | { kind: 'anonymous' }
  | { kind: 'user'; id: string; username: string; role: Role; tokenId: string | null; mustChangePassword?: boolean }
  | { kind: 'system'; name: string };

/** A client's promise that requests with this key are one request. `requestHash` covers method, path and body. */
export type IdempotencyKey = { key: string; requestHash: string };

/** What every verb is given beside its input. */
export type Context = {
  actor: Actor;
  /** Address and id of the request, for the audit; null for the system. */
  address: string | null;
  requestId: string | null;
  /**
   * Given with a `POST` that acts: the verb's work and its answer are stored in one transaction, and the same key gives
   * the same answer again for 24 hours. Another request under that key: `request.idempotency_conflict`.
   */
  idempotency?: IdempotencyKey | null | undefined;
  clock: Clock;
  newId: () => string;
  log: Logger;
  store: Store;
  doorbell: Doorbell;
};
