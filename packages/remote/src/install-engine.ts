import type { InstalledEngine, InstallOptions, MachineLink, MachineLogin } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { remoteDigest } from './digest.ts';
import { type Host, lastLine } from './host-command.ts';
import { type OwnNode, provideNode } from './provide-node.ts';
import { prepareWorkDir, resolveWorkDir } from './work-dir.ts';

/** The engine that this control plane brings along. */
export type EngineFile = { path: string; sha256: string };
type Machine = Host & Pick<MachineLink, 'put'>;

/**
 * Puts the engine under a name made of its SHA-256, so that one that runs is never touched, and lets it say its version.
 * What is there already is summed up before each use: another content is `machine.engine_changed`.
 */
export async function installEngine(
  machine: Machine,
  login: MachineLogin,
  parts: { engine: EngineFile; node: OwnNode },
  options: InstallOptions = {},
): Promise<InstalledEngine> {
  const { signal, preferSha256, replace } = options;
  const workDir = await resolveWorkDir(machine, login, signal);
  await prepareWorkDir(machine, workDir, signal);
  const sha256 = await chooseEngine(machine, workDir, parts.engine, preferSha256 ?? null);
  const file = engineFileName(workDir, sha256);
  const digest = await remoteDigest(machine, file, signal);
  const isOther = digest !== null && digest !== sha256;
  if (isOther && !replace) throw new FerryError('machine.engine_changed', { host: machine.host, path: file });
  if (digest === null || isOther)
    await machine.put(parts.engine.path, file, { mode: 0o700, sha256, ...(signal ? { signal } : {}) });
  const node = login.kind === 'local' ? parts.node.path : await provideNode(machine, workDir, parts.node, signal);
  const version = await askVersion(machine, node, file, signal);
  return { command: [node, file], sha256, version, workDir };
}

/** Where an engine stands on a machine. */
export function engineFileName(workDir: string, sha256: string): string {
  return `${workDir}/engines/ferry-${sha256}.cjs`;
}

/** The engine that a run has used so far, while it is still there; else ours. */
async function chooseEngine(
  machine: Machine,
  workDir: string,
  ours: EngineFile,
  preferred: string | null,
): Promise<string> {
  if (preferred === null || preferred === ours.sha256 || !/^[0-9a-f]{64}$/.test(preferred)) return ours.sha256;
  const path = engineFileName(workDir, preferred);
  const digest = await remoteDigest(machine, path);
  if (digest === null) return ours.sha256;
  if (digest !== preferred) throw new FerryError('machine.engine_changed', { host: machine.host, path });
  return preferred;
}

async function askVersion(machine: Machine, node: string, file: string, signal?: AbortSignal): Promise<string> {
  const { stdout, stderr, exitCode } = await machine.run([node, file, '--version'], signal ? { signal } : {});
  const broken = (detail: string) => new FerryError('machine.engine_broken', { host: machine.host, detail });
  if (exitCode !== 0) throw broken(lastLine(stderr));
  const version = /^\{[^\n]*"version":"([\w.+-]{1,60})"/.exec(stdout)?.[1];
  if (version === undefined) throw broken('it does not say its version');
  return version;
}
