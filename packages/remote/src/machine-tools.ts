import { stat } from 'node:fs/promises';
import type { MachineLink, MachineTools } from '@cacheferry/domain';
import { type Clock, FerryError } from '@cacheferry/kernel';
import { localDigest } from './digest.ts';
import { type EngineFile, installEngine } from './install-engine.ts';
import { probeMachine } from './probe-machine.ts';
import { ownNode } from './provide-node.ts';
import type { RemoteLink } from './remote-link.ts';

/** What is done on a machine before an engine runs there. `engineFile` is the bundle of this control plane. */
export function createMachineTools(deps: { engineFile: string; clock: Clock }): MachineTools & {
  /** The engine that `install` puts on machines. */
  engine(): Promise<EngineFile>;
} {
  const node = ownNode(localDigest);
  const engine = engineReader(deps.engineFile);
  return {
    engine,
    install: async (link, login, options) =>
      installEngine(ours(link), login, { engine: await engine(), node }, options ?? {}),
    probe: (link, login, signal) => probeMachine(ours(link), login, deps.clock, signal),
  };
}

/** Sums the file up again only when it has changed. */
function engineReader(path: string): () => Promise<EngineFile> {
  let known: { key: string; file: EngineFile } | undefined;
  return async () => {
    const { mtimeMs, size, ino } = await stat(path);
    const key = `${mtimeMs} ${size} ${ino}`;
    if (known?.key !== key) known = { key, file: { path, sha256: await localDigest(path) } };
    return known.file;
  };
}

function ours(link: MachineLink): RemoteLink {
  if (isOurs(link)) return link;
  throw new FerryError('internal.unexpected', {}, new TypeError('the link is of another transport'));
}

function isOurs(link: MachineLink): link is RemoteLink {
  return 'open' in link && 'host' in link;
}
