import { createHash } from 'node:crypto';
import type { HostKey } from '@cacheferry/contract';
import type { ServerHostKeyAlgorithm } from 'ssh2';

/** Type and fingerprint of a host key as it comes from the server; the text is the one that `ssh-keygen -l` prints. */
export function readHostKey(blob: Buffer): HostKey {
  const length = blob.length >= 4 ? blob.readUInt32BE(0) : 0;
  const type = blob.subarray(4, 4 + Math.min(length, 64)).toString('latin1');
  return { type, fingerprint: `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}` };
}

/** What may be offered by a server on first contact, best first. */
export const acceptedHostKeys: ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
];

/** The signatures that belong to one type of key: a server with several keys must show the confirmed one. */
export function algorithmsOf(type: string): ServerHostKeyAlgorithm[] {
  if (type === 'ssh-rsa') return ['rsa-sha2-512', 'rsa-sha2-256'];
  return acceptedHostKeys.filter((algorithm) => algorithm === type);
}
