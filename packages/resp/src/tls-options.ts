import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { FerryError } from '@cacheferry/kernel';

/** Certificates as paths of PEM files or as PEM texts; null: those of the system. */
export type TlsSettings = { ca: string | null; cert: string | null; key: string | null; servername?: string };

/** What Node's TLS needs for a server. Throws `endpoint.tls` when a file cannot be read. */
export function tlsOptions(tls: TlsSettings, host: string, endpoint: string): ConnectionOptions {
  const options: ConnectionOptions = { minVersion: 'TLSv1.2' };
  for (const name of ['ca', 'cert', 'key'] as const) {
    const value = tls[name];
    if (value) options[name] = value.startsWith('-----BEGIN') ? value : readPem(value, name, endpoint);
  }
  const servername = tls.servername ?? host;
  if (isIP(servername) === 0) options.servername = servername;
  return options;
}

function readPem(path: string, name: string, endpoint: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new FerryError('endpoint.tls', { endpoint, reason: `the file of ${name}= cannot be read` }, error);
  }
}
