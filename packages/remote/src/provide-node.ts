import type { MachineLink } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { type FoundNode, findNodes, isNewEnough } from './find-node.ts';
import { type Host, lastLine, must } from './host-command.ts';
import { ownPlatform, type Platform, platformText, remotePlatform } from './platform.ts';

export type OwnNode = { path: string; version: string; platform: Platform; sha256: () => Promise<string> };

type Machine = Host & Pick<MachineLink, 'put'>;

/**
 * A Node on the machine that runs the engine: one that is there, else a copy of our own, which must say its version.
 * Throws `machine.no_node` or `machine.node_too_old` where neither can be.
 */
export async function provideNode(
  machine: Machine,
  workDir: string,
  own: OwnNode,
  signal?: AbortSignal,
): Promise<string> {
  const found = await findNodes(machine, workDir, signal);
  const usable = found.find(({ version }) => isNewEnough(version));
  if (usable) return usable.path;
  const theirs = await remotePlatform(machine, signal);
  const differs = platformText(theirs) !== platformText(own.platform);
  if (differs) throw noNode(machine.host, found, `it is ${platformText(theirs)}, we ${platformText(own.platform)}`);
  const path = await copyNode(machine, workDir, own, signal);
  const { stdout, stderr } = await machine.run([path, '--version'], signal ? { signal } : {});
  if (stdout.trim() === `v${own.version}`) return path;
  await machine.run(['rm', '-f', path]);
  throw noNode(machine.host, found, lastLine(stderr));
}

/** This process's own Node. */
export function ownNode(digest: (path: string) => Promise<string>): OwnNode {
  let sha256: Promise<string> | undefined;
  const path = process.execPath;
  return {
    path,
    version: process.versions.node,
    platform: ownPlatform(),
    sha256: () => (sha256 ??= digest(path)),
  };
}

async function copyNode(machine: Machine, workDir: string, own: OwnNode, signal?: AbortSignal): Promise<string> {
  const folder = `${workDir}/node/${own.version}`;
  const path = `${folder}/node`;
  const rest = signal ? { signal } : {};
  await must(machine, ['sh', '-c', 'umask 077; mkdir -p -- "$1"', 'sh', folder], { path: folder, ...rest });
  await machine.put(own.path, path, { mode: 0o700, sha256: await own.sha256(), ...rest });
  return path;
}

function noNode(host: string, found: FoundNode[], reason: string): FerryError {
  const version = found[0]?.version;
  if (version === undefined) return new FerryError('machine.no_node', { host, reason });
  return new FerryError('machine.node_too_old', { host, version, reason });
}
