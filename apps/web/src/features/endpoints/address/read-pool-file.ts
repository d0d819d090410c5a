import { type Pool, readPools, withoutPasswords } from '@cacheferry/importer';
import { FerryError } from '@cacheferry/kernel';

const fileName = 'nutcracker.yml';

/** What was read of a file: the file without passwords, the passwords of its pools, and the pool to begin with. */
export type PoolFileRead = { file: string; pool: string; passwords: ReadonlyMap<string, string> };

/** Reads the file of a twemproxy in this browser. Throws `twemproxy.*`, also where no pool is of Redis servers. */
export function readPoolFile(text: string): PoolFileRead {
  const found = readPools(text, fileName);
  const pools = [...found.values()].filter((pool) => pool !== 'memcached');
  const [first] = pools;
  if (!first) throw new FerryError('twemproxy.not_redis', { pool: [...found.keys()].join(', ') });
  const passwords = new Map(pools.map(({ name, password }) => [name, password ?? '']));
  return { file: withoutPasswords(text, fileName), pool: first.name, passwords };
}

/** The pools of a file that was read before; none where there is no file. */
export function poolsOf(file: string): Map<string, Pool | 'memcached'> {
  return file === '' ? new Map() : readPools(file, fileName);
}
