import { type Host, must } from './host-command.ts';

/** What decides whether a program of one machine runs on another. */
export type Platform = { os: string; arch: string; libc: 'glibc' | 'musl' | 'system' };

const osNames: Record<string, string> = { Linux: 'linux', Darwin: 'darwin' };
const archNames: Record<string, string> = { x86_64: 'x64', amd64: 'x64', aarch64: 'arm64', armv7l: 'arm' };
const script = 'uname -s; uname -m; ls /lib/ld-musl-* /lib/*/ld-musl-* 2>/dev/null; exit 0';

/** `uname -s` and `uname -m` in Node's words. */
export function platformNames(system: string, machine: string): { os: string; arch: string } {
  return { os: osNames[system] ?? system.toLowerCase(), arch: archNames[machine] ?? machine };
}

/** The platform of a machine. */
export async function remotePlatform(host: Host, signal?: AbortSignal): Promise<Platform> {
  const options = { path: '/', ...(signal ? { signal } : {}) };
  const [system = '', machine = '', ...loaders] = (await must(host, ['sh', '-c', script], options)).trim().split('\n');
  const { os, arch } = platformNames(system, machine);
  return { os, arch, libc: os !== 'linux' ? 'system' : loaders.length > 0 ? 'musl' : 'glibc' };
}

/** The platform of this process. */
export function ownPlatform(): Platform {
  const { platform, arch } = process;
  if (platform !== 'linux') return { os: platform, arch, libc: 'system' };
  const report: { header?: { glibcVersionRuntime?: string } } = Object(process.report?.getReport());
  return { os: platform, arch, libc: report.header?.glibcVersionRuntime ? 'glibc' : 'musl' };
}

/** A platform for messages: `linux x64 (glibc)`. */
export function platformText({ os, arch, libc }: Platform): string {
  return libc === 'system' ? `${os} ${arch}` : `${os} ${arch} (${libc})`;
}
