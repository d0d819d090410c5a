/** A key in its database as one text, `DB:KEY` with a character per byte: for sets of keys, and to be written down. */
export type KeyId = string;

/** The id of a key. */
export function keyId(db: number, key: Buffer): KeyId {
  return `${db}:${key.toString('latin1')}`;
}

/** The key behind an id. */
export function keyOf(id: KeyId): { db: number; key: Buffer } {
  const at = id.indexOf(':');
  return { db: Number(id.slice(0, at)), key: Buffer.from(id.slice(at + 1), 'latin1') };
}
