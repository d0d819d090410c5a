import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { FerryError } from '@cacheferry/kernel';

/** Where a sealed text stands. It opens nowhere else, so that two of them cannot change places. */
export type Place = { table: string; column: string; id: string };

/** Seals texts for storage and opens them again. */
export type Sealer = {
  seal(text: string, place: Place): string;
  /** Throws `control.secret_unreadable`. */
  open(sealed: string, place: Place): string;
  /** Whether a text was sealed with the key in use, not with an older one. */
  isCurrent(sealed: string): boolean;
};

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const version = 's1';

/**
 * Makes a sealer from the installation's key; older keys only open.
 *
 * Shape: `s1.<key id>.<base64url of nonce, tag, ciphertext>`, AES-256-GCM with a random nonce; the place is its
 * additional data. The id of a key is the beginning of its hash.
 * Throws `config.invalid` for a key that is not 32 bytes.
 */
export function createSealer(key: Uint8Array, olderKeys: readonly Uint8Array[] = []): Sealer {
  const keys = new Map([...olderKeys, key].map((one) => [keyId(one), Buffer.from(one)]));
  const current = keyId(key);
  return {
    seal: (text, place) => {
      const nonce = randomBytes(nonceBytes);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(aad(place));
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return `${version}.${current}.${Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')}`;
    },
    open: (sealed, place) => {
      const [form, id = '', data = ''] = sealed.split('.');
      const fitting = form === version ? keys.get(id) : undefined;
      try {
        if (!fitting) throw new Error(`no key ${id}`);
        return decrypt(fitting, Buffer.from(data, 'base64url'), place);
      } catch (cause) {
        throw new FerryError('control.secret_unreadable', { object: place.table }, cause);
      }
    },
    isCurrent: (sealed) => sealed.startsWith(`${version}.${current}.`),
  };
}

function decrypt(key: Buffer, data: Buffer, place: Place): string {
  if (data.length < nonceBytes + tagBytes) throw new Error('too short');
  const decipher = createDecipheriv('aes-256-gcm', key, data.subarray(0, nonceBytes), { authTagLength: tagBytes });
  decipher.setAAD(aad(place)).setAuthTag(data.subarray(nonceBytes, nonceBytes + tagBytes));
  return decipher.update(data.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8');
}

function keyId(key: Uint8Array): string {
  if (key.length !== keyBytes)
    throw new FerryError('config.invalid', { problem: 'FERRY_SECRET_KEY is not 32 bytes in base64' });
  return createHash('sha256').update('cacheferry key id\n').update(key).digest('hex').slice(0, 12);
}

const aad = ({ table, column, id }: Place): Buffer => Buffer.from(JSON.stringify([table, column, id]));
