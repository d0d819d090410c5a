import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ShardMembers, ShardMemory } from '@cacheferry/topology';
import { writeFileAtomic } from '../state/atomic-file.ts';
import { withFile } from '../state/file-error.ts';

/** What a run remembers of the shards of its source: which nodes are in each. */
export function shardMemory(dir: string): ShardMemory {
  const path = join(dir, 'shards.json');
  return {
    known: readShards(path),
    remember: (shards) => writeFileAtomic(path, JSON.stringify({ version: 1, shards })),
  };
}

/** Every shard that the source of a run has had, those too that are none any more. */
export const rememberedShards = (dir: string): string[] => readShards(join(dir, 'shards.json')).map(({ id }) => id);

/** Whether a shard has a checkpoint on the target: noted in its folder of keys. */
export class ShardMark {
  readonly #path: string;
  #isSet: boolean;

  constructor(keysDir: string) {
    this.#path = join(keysDir, 'written');
    this.#isSet = existsSync(this.#path);
  }

  get isSet(): boolean {
    return this.#isSet;
  }

  set(): void {
    if (this.#isSet) return;
    withFile(this.#path, () => {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(this.#path, '', { mode: 0o600 });
    });
    this.#isSet = true;
  }
}

function readShards(path: string): ShardMembers[] {
  if (!existsSync(path)) return [];
  const { version, shards } = JSON.parse(readFileSync(path, 'utf8')) as { version: number; shards: ShardMembers[] };
  return version === 1 ? shards : [];
}
