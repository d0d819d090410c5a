import type { AuditEntry, Role, Settings } from '@cacheferry/contract';
import type { PageRequest, Rows } from './page.ts';

export type UserRecord = {
  id: string;
  username: string;
  passwordHash: string;
  role: Role;
  isDisabled: boolean;
  mustChangePassword: boolean;
  createdAt: Date;
  lastSignInAt: Date | null;
};

export interface Users {
  find(id: string): Promise<UserRecord | null>;
  findByName(username: string): Promise<UserRecord | null>;
  count(): Promise<number>;
  insert(user: UserRecord): Promise<void>;
  update(id: string, change: Partial<Omit<UserRecord, 'id'>>): Promise<UserRecord | null>;
  delete(id: string): Promise<void>;
  /** Locks every administrator who may sign in, and names them. */
  lockAdmins(): Promise<string[]>;
  page(request: PageRequest): Promise<Rows<UserRecord>>;
}

export type SessionRecord = {
  tokenHash: string;
  userId: string;
  createdAt: Date;
  lastSeenAt: Date;
  expiresAt: Date;
  address: string | null;
};

export interface Sessions {
  find(tokenHash: string): Promise<{ session: SessionRecord; user: UserRecord } | null>;
  insert(session: SessionRecord): Promise<void>;
  touch(tokenHash: string, at: Date): Promise<void>;
  delete(tokenHash: string): Promise<void>;
  /** Ends the sessions of a user, but for the one named. */
  deleteOfUser(userId: string, except: string | null): Promise<void>;
  deleteExpired(now: Date): Promise<void>;
}

/** Failed and unfinished tries to sign in. */
export interface SignInTries {
  /** Lets one try at a time count and add itself, for this account and for this address. Needs a transaction. */
  lock(accountKey: string, address: string): Promise<void>;
  /** Times of the tries since then, oldest first. */
  ofAccount(accountKey: string, since: Date): Promise<Date[]>;
  ofAddress(address: string, since: Date): Promise<Date[]>;
  insert(entry: { id: string; accountKey: string; address: string; at: Date }): Promise<void>;
  /** After a success: forgets this try, and the earlier ones of the account. */
  forget(id: string, accountKey: string): Promise<void>;
  deleteBefore(time: Date): Promise<void>;
}

export type TokenRecord = {
  id: string;
  userId: string;
  name: string;
  prefix: string;
  tokenHash: string;
  role: Role;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
};

export interface Tokens {
  find(id: string): Promise<TokenRecord | null>;
  findByHash(tokenHash: string): Promise<{ token: TokenRecord; user: UserRecord } | null>;
  insert(token: TokenRecord): Promise<void>;
  touch(id: string, at: Date): Promise<void>;
  delete(id: string): Promise<void>;
  page(request: PageRequest): Promise<Rows<TokenRecord>>;
}

export interface SettingsTable {
  all(): Promise<Record<string, unknown>>;
  put(values: Partial<Settings>, at: Date): Promise<void>;
}

/** An entry before the chain gave it its hash. Times are texts, so that the hash can be made again from the row. */
export type AuditRecord = Omit<AuditEntry, 'role'> & { role: string | null; actorId: string | null };
export type AuditSearch = {
  user: string | null;
  action: string | null;
  objectId: string | null;
  from: Date | null;
  to: Date | null;
};
export type ChainedAudit = { position: string; hash: string; entry: AuditRecord };

export interface Audit {
  /** Holds the end of the chain until the transaction ends, and answers the hash of the newest entry. */
  lockEnd(): Promise<string>;
  append(entry: AuditRecord, hash: string): Promise<void>;
  page(request: PageRequest, search: AuditSearch): Promise<Rows<AuditRecord>>;
  /** The entries after a position, in the order they were written. */
  after(position: string | null, limit: number): Promise<ChainedAudit[]>;
}

/** Answers that were given under an idempotency key. They lie sealed: one may hold a new token. */
export interface Answers {
  /** Reserves the key. `null`: it is ours. Waits for a transaction that is just using it. */
  reserve(userId: string, key: string, requestHash: string, at: Date): Promise<GivenAnswer | null>;
  save(userId: string, key: string, answer: string): Promise<void>;
  deleteBefore(time: Date): Promise<void>;
}
export type GivenAnswer = { requestHash: string; answer: string; at: Date };
