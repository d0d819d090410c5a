import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { withLock } from './lock.ts';
import { cacheDir, root } from './paths.ts';

/** The servers that tests may ask for. `installed` is what the machine has. */
export type ServerVersion = 'redis@7.0' | 'redis@6.0' | 'redis@8.0' | 'valkey@8.0' | 'valkey@8.1' | 'valkey@9';
export type MemcachedVersion = 'memcached@1.6.18' | 'memcached@1.6.9' | 'memcached@1.6.38';

const unpacked: Record<Exclude<ServerVersion | MemcachedVersion, 'redis@7.0' | 'memcached@1.6.18'>, string> = {
  'redis@6.0': 'bullseye/run/redis-server',
  'redis@8.0': 'trixie/run/redis-server',
  'valkey@8.0': 'bookworm-backports/run/valkey-server',
  'valkey@8.1': 'trixie/run/valkey-server',
  'valkey@9': 'forky/run/valkey-server',
  'memcached@1.6.9': 'bullseye/run/memcached',
  'memcached@1.6.38': 'trixie/run/memcached',
};
const serversDir = path.join(cacheDir, 'servers');
let fetched: Promise<boolean> | undefined;

/**
 * Whether a server of that version can be started here. Other versions than the installed ones are unpacked once
 * from the Debian archive (linux x64 only), so tests write `test.skipIf(!(await hasServer('redis@8.0')))`.
 */
export async function hasServer(version: ServerVersion | MemcachedVersion): Promise<boolean> {
  if (version === 'redis@7.0') return isInstalled('redis-server');
  if (version === 'memcached@1.6.18') return isInstalled('memcached');
  if (fs.existsSync(path.join(serversDir, unpacked[version]))) return true;
  if (process.platform !== 'linux' || process.arch !== 'x64') return false;
  await (fetched ??= fetchServers());
  return fs.existsSync(path.join(serversDir, unpacked[version]));
}

/** The program of a version; throws when it is not here (`hasServer` says so beforehand). */
export async function serverProgram(version: ServerVersion | MemcachedVersion): Promise<string> {
  if (!(await hasServer(version))) throw new Error(`${version} is not available on this machine`);
  if (version === 'redis@7.0') return 'redis-server';
  if (version === 'memcached@1.6.18') return 'memcached';
  return path.join(serversDir, unpacked[version]);
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function fetchServers(): Promise<boolean> {
  const script = path.join(root, 'packages/testkit/bin/get-servers.sh');
  return withLock('servers', async () => {
    try {
      await promisify(execFile)('bash', [script, serversDir], { timeout: 300_000 });
      return true;
    } catch (error) {
      process.stderr.write(
        `other server versions cannot be fetched: ${error instanceof Error ? error.message : error}\n`,
      );
      return false;
    }
  });
}
