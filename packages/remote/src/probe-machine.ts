import { MachineFacts } from '@cacheferry/contract';
import type { MachineLogin } from '@cacheferry/domain';
import { type Clock, FerryError } from '@cacheferry/kernel';
import { measureClock } from './clock-offset.ts';
import { findNodes, isNewEnough } from './find-node.ts';
import { must } from './host-command.ts';
import { platformNames } from './platform.ts';
import type { RemoteLink } from './remote-link.ts';
import { resolveWorkDir } from './work-dir.ts';

const script = [
  'umask 077',
  // The nearest folder that exists: before the installation the work directory is not there.
  'p=$1; while [ ! -d "$p" ] && [ "$p" != / ]; do p=$(dirname -- "$p"); done',
  'echo "system=$(uname -s)"; echo "machine=$(uname -m)"; echo "kernel=$(uname -r)"; echo "hostname=$(uname -n)"',
  'echo "bootId=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)"',
  'echo "cores=$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN)"',
  'if [ -r /proc/meminfo ]; then',
  '  echo "load1=$(cut -d " " -f 1 /proc/loadavg)"',
  '  awk \'/^MemTotal:/ {printf "memoryTotal=%.0f\\n", $2 * 1024} /^MemAvailable:/ {printf "memoryAvailable=%.0f\\n", $2 * 1024}\' /proc/meminfo',
  'else',
  '  echo "load1=$(sysctl -n vm.loadavg | tr -d "{}" | awk "{print \\$1}")"',
  '  echo "memoryTotal=$(sysctl -n hw.memsize)"',
  '  vm_stat | awk \'/page size of/ {s = $8} /^Pages (free|inactive)/ {n += $3} END {printf "memoryAvailable=%.0f\\n", n * s}\'',
  'fi',
  'df -Pk "$p" | awk \'NR == 2 {printf "diskTotal=%.0f\\ndiskFree=%.0f\\n", $2 * 1024, $4 * 1024}\'',
  't=$(mktemp -d "$p/.write-XXXXXX" 2>/dev/null) && head -c 4096 /dev/zero > "$t/x" 2>/dev/null && echo "writable=yes"',
  '[ -n "$t" ] && rm -rf -- "$t"',
  'exit 0',
].join('\n');

/** Reads what a machine is and has, and measures its clock; needs nothing but a POSIX shell there. */
export async function probeMachine(
  link: RemoteLink,
  login: MachineLogin,
  clock: Clock,
  signal?: AbortSignal,
): Promise<MachineFacts> {
  const workDir = await resolveWorkDir(link, login, signal);
  const options = { path: workDir, ...(signal ? { signal } : {}) };
  const found = readPairs(await must(link, ['sh', '-c', script, 'sh', workDir], options));
  const nodes = login.kind === 'local' ? [] : await findNodes(link, workDir, signal);
  const nodeVersion = login.kind === 'local' ? process.versions.node : (pickVersion(nodes) ?? null);
  const offset = await measureClock(link.open, link.host, clock, signal);
  const facts = MachineFacts.safeParse({
    ...platformNames(found.text('system'), found.text('machine')),
    kernel: found.text('kernel'),
    hostname: found.text('hostname'),
    bootId: found.text('bootId') || null,
    cores: found.number('cores'),
    load1: found.number('load1'),
    memoryTotalBytes: found.number('memoryTotal'),
    memoryAvailableBytes: found.number('memoryAvailable'),
    diskTotalBytes: found.number('diskTotal'),
    diskFreeBytes: found.number('diskFree'),
    workDir,
    isWorkDirWritable: found.text('writable') === 'yes',
    nodeVersion,
    ...offset,
  });
  if (facts.success) return facts.data;
  const reason = `${facts.error.issues[0]?.path.join('.')} could not be read`;
  throw new FerryError('machine.protocol', { host: link.host, reason }, facts.error);
}

function pickVersion(nodes: { version: string }[]): string | undefined {
  return (nodes.find(({ version }) => isNewEnough(version)) ?? nodes[0])?.version;
}

function readPairs(output: string) {
  const pairs = new Map(
    output.split('\n').map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, Math.max(at, 0)), line.slice(at + 1).replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, '')] as const;
    }),
  );
  return {
    text: (name: string) => (pairs.get(name) ?? '').slice(0, 200),
    number: (name: string) => (pairs.get(name) ? Number(pairs.get(name)) : Number.NaN),
  };
}
