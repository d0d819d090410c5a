/** The bytes of uploads on the disk of the control plane. */
export interface UploadFiles {
  /** Makes an empty file. */
  create(id: string): Promise<void>;
  /** Bytes that are there; null where the file is gone. */
  size(id: string): Promise<number | null>;
  /**
   * Writes bytes as they come behind those that are there, and answers how many there are then. What arrived before a
   * failure stays.
   *
   * Throws `upload.wrong_offset`, `upload.too_large`, `upload.busy`, `upload.interrupted`, `upload.no_space`.
   */
  append(id: string, more: { offset: number; bytes: number; chunks: AsyncIterable<Buffer> }): Promise<number>;
  /** SHA-256 of the whole file, once it is safe on the disk. */
  digest(id: string): Promise<string>;
  remove(id: string): Promise<void>;
  /** All files that are there, and when each was last written. */
  list(): Promise<{ id: string; touchedAtMs: number }[]>;
  freeBytes(): Promise<number>;
  /** Where the file lies. */
  pathOf(id: string): string;
}
