import type { EndpointKind } from '@cacheferry/contract';

/** Kinds that have fields of their own; any other is kept as the URL that it was pasted as. */
export const fieldKinds = [
  'standalone',
  'sentinel',
  'cluster',
  'twemproxy',
  'cachecloud',
  'rdb',
  'aof',
] as const satisfies EndpointKind[];
export type AddressKind = (typeof fieldKinds)[number] | 'other';

/** An address as a form holds it. Fields of other kinds keep what was typed, so that changing the kind loses nothing. */
export type Address = {
  kind: AddressKind;
  /** Of `other`: the whole address, without secrets. */
  url: string;
  host: string;
  port: number | '';
  db: number | '';
  /** Sentinels or nodes, one `host:port` a line. */
  hosts: string;
  masterName: string;
  /** Of the sentinels themselves; `user` is that of the servers behind them. */
  sentinelUser: string;
  /** Files, one a line. */
  paths: string;
  /** Of a twemproxy: which of the pools, and the file as far as this page has read it, without passwords. */
  pool: string;
  poolFile: string;
  /** Of an application of CacheCloud: where CacheCloud is, and its number there. */
  baseUrl: string;
  app: string;
  user: string;
  isTls: boolean;
  ca: string;
  cert: string;
  key: string;
  /** Keys are listed and read one by one, where the server forbids PSYNC. */
  scan: boolean;
};

export const emptyAddress: Address = {
  kind: 'standalone',
  url: '',
  host: '',
  port: 6379,
  db: 0,
  hosts: '',
  masterName: '',
  sentinelUser: '',
  paths: '',
  pool: '',
  poolFile: '',
  baseUrl: '',
  app: '',
  user: '',
  isTls: false,
  ca: '',
  cert: '',
  key: '',
  scan: false,
};

/** Another kind for an address: a file of one kind is none of another. */
export function ofKind({ kind: before }: Address, kind: AddressKind): Partial<Address> {
  const files: readonly AddressKind[] = ['rdb', 'aof', 'twemproxy'];
  return files.includes(before) && files.includes(kind) ? { kind, paths: '', pool: '', poolFile: '' } : { kind };
}

export type SecretName = 'password' | 'sentinelPassword' | 'token';
/** What was typed of secrets; never written anywhere. */
export type AddressSecrets = Record<SecretName, string>;
export const noSecrets: AddressSecrets = { password: '', sentinelPassword: '', token: '' };

/** What stands one a line, without empty lines. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
