// The real servers and the browser that the tests use, from the system's packages; root on Debian or Ubuntu only.
import fs from 'node:fs';
import { runQuietly } from './run.mjs';

const programs = {
  'redis-server': 'redis-server',
  'redis-cli': 'redis-tools',
  'redis-sentinel': 'redis-sentinel',
  memcached: 'memcached',
  nutcracker: 'nutcracker',
  sshd: 'openssh-server',
  'ssh-keygen': 'openssh-client',
  ps: 'procps',
  openssl: 'openssl',
  chromium: 'chromium',
};
const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
const isThere = (program) => folders.some((folder) => fs.existsSync(`${folder}/${program}`));

/** Installs the packages whose program is not there; says what to install where it may not do so itself. */
export function installServers() {
  const missing = Object.entries(programs)
    .filter(([program]) => !isThere(program))
    .map(([, name]) => name);
  if (missing.length === 0) return;
  if (process.getuid?.() !== 0 || !isThere('apt-get')) {
    console.error(`The tests need these programs: ${missing.join(', ')}. Install them with your package manager.`);
    process.exit(1);
  }
  console.error(`setup: apt-get install ${missing.join(' ')}`);
  const wait = ['-o', 'DPkg::Lock::Timeout=300', '-qq'];
  runQuietly('apt-get', [...wait, 'update']);
  // RUNLEVEL=1: no daemon is to be started by its installation.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  runQuietly('apt-get', [...wait, 'install', '-y', '--no-install-recommends', ...missing], { env });
}
