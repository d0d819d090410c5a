/** The hashes of twemproxy 0.5, by the name that `hash:` gives them. */
export const hashNames = [
  'one_at_a_time',
  'md5',
  'crc16',
  'crc32',
  'crc32a',
  'fnv1_64',
  'fnv1a_64',
  'fnv1_32',
  'fnv1a_32',
  'hsieh',
  'murmur',
  'jenkins',
] as const;
export type HashName = (typeof hashNames)[number];

/** How a pool spreads keys over its servers. */
export const distributions = ['ketama', 'modula', 'random'] as const;
export type Distribution = (typeof distributions)[number];

/** One server of a pool. */
export type PoolServer = {
  /** What consistent hashing knows it by. */
  name: string;
  /** The path of a unix socket stands in place of a host; its port is 0. */
  host: string;
  port: number;
  weight: number;
};

/** One pool of a `nutcracker.yml`, with what routing and reaching its servers takes. */
export type Pool = {
  name: string;
  hash: HashName;
  distribution: Distribution;
  /** The two characters between which the hashed part of a key stands; null: the whole key counts. */
  hashTag: readonly [number, number] | null;
  /** Whether servers that fail leave the pool for a time, and others get their keys. */
  ejectsHosts: boolean;
  password: string | null;
  db: number;
  /** In the order in which twemproxy counts them: by name, shorter ones first. */
  servers: readonly PoolServer[];
};
