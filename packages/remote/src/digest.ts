import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { FerryError } from '@cacheferry/kernel';
import { hostError, type Host } from './host-command.ts';

const missing = 44;
const script = [
  `[ -f "$1" ] || exit ${missing}`,
  'if command -v sha256sum >/dev/null 2>&1; then sha256sum < "$1"',
  'elif command -v shasum >/dev/null 2>&1; then shasum -a 256 < "$1"',
  'else openssl dgst -sha256 -r < "$1"',
  'fi',
].join('\n');

/** SHA-256 of a file on a machine, in hex; null when there is no such file. */
export async function remoteDigest(host: Host, path: string, signal?: AbortSignal): Promise<string | null> {
  const argv = ['sh', '-c', script, 'sh', path];
  const result = await host.run(argv, { timeoutMs: 120_000, ...(signal ? { signal } : {}) });
  if (result.exitCode === missing) return null;
  if (result.exitCode !== 0) throw hostError(host.host, argv, path, result);
  const digest = /^[0-9a-f]{64}/.exec(result.stdout)?.[0];
  if (digest) return digest;
  throw new FerryError('machine.protocol', { host: host.host, reason: 'no checksum came back' });
}

/** SHA-256 of a file of this machine, in hex. */
export async function localDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
