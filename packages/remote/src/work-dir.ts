import type { MachineLogin } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { type Host, must } from './host-command.ts';

const standard = '~/.cacheferry';
const prepare = [
  'umask 077',
  'mkdir -p -- "$1/engines" "$1/runs" && chmod 700 "$1/engines" "$1/runs" || exit 1',
  // What an upload left behind whose connection broke.
  'find "$1/engines" "$1/node" -name "*.part" -mmin +60 -exec rm -f {} + 2>/dev/null',
  't=$(mktemp "$1/.write-XXXXXX") || exit 1',
  'head -c 4096 /dev/zero > "$t"; code=$?',
  'rm -f -- "$t"; exit $code',
].join('\n');

/** The absolute path of a machine's work directory: everything of ours there is below it. */
export async function resolveWorkDir(host: Host, login: MachineLogin, signal?: AbortSignal): Promise<string> {
  const wanted = login.workDir ?? standard;
  if (wanted.startsWith('/')) return clean(wanted);
  const options = { path: wanted, ...(signal ? { signal } : {}) };
  const home = (await must(host, ['sh', '-c', 'printf "%s" "$HOME"'], options)).trim();
  if (!/^\/[^\p{Cc}]*$/u.test(home))
    throw new FerryError('machine.protocol', { host: host.host, reason: 'its user has no home directory' });
  return clean(`${home}/${wanted.replace(/^~\//, '')}`);
}

/** Makes the folders of the work directory (mode 0700), and proves that it can be written. */
export async function prepareWorkDir(host: Host, workDir: string, signal?: AbortSignal): Promise<void> {
  await must(host, ['sh', '-c', prepare, 'sh', workDir], { path: workDir, ...(signal ? { signal } : {}) });
}

function clean(path: string): string {
  return path.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
}
