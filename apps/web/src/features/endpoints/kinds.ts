/** The texts for kinds of endpoints. */
export const kindKeys = {
  standalone: 'kind.standalone',
  sentinel: 'kind.sentinel',
  cluster: 'kind.cluster',
  twemproxy: 'kind.twemproxy',
  cachecloud: 'kind.cachecloud',
  rdb: 'kind.rdb',
  aof: 'kind.aof',
  memcached: 'kind.memcached',
  'memcached-dump': 'kind.memcachedDump',
} as const;

/** Whether there is a text for this kind. */
export function isKnownKind(kind: string): kind is keyof typeof kindKeys {
  return Object.hasOwn(kindKeys, kind);
}
