import type { PageRequest, Rows } from './page.ts';

export type UploadRecord = {
  id: string;
  name: string;
  bytes: number;
  /** Announced before, or read from the file once it is complete. */
  sha256: string | null;
  isComplete: boolean;
  ownerId: string;
  ownerName: string;
  createdAt: Date;
  updatedAt: Date;
};

export interface Uploads {
  find(id: string): Promise<UploadRecord | null>;
  findMany(ids: readonly string[]): Promise<UploadRecord[]>;
  lock(id: string): Promise<UploadRecord | null>;
  /** All of them; no other transaction adds one before this one ends. */
  lockAll(): Promise<UploadRecord[]>;
  /** Those whose last byte has not come. */
  findIncomplete(): Promise<UploadRecord[]>;
  insert(upload: UploadRecord): Promise<void>;
  update(id: string, change: Partial<Omit<UploadRecord, 'id'>>): Promise<UploadRecord>;
  delete(id: string): Promise<void>;
  page(request: PageRequest): Promise<Rows<UploadRecord>>;
  /** Migrations that need each upload and have not ended. */
  countUses(ids: readonly string[]): Promise<Map<string, number>>;
  /** Uploads of this list that a live run needs. */
  findRunning(ids: readonly string[]): Promise<string[]>;
}
