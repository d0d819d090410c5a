import type { ExistingKeyPolicy, LostClass, MigrationMode } from '@cacheferry/contract';
import { type Address, type AddressSecrets, emptyAddress } from '../../endpoints/address/address.ts';

/** One end of a draft. Secrets are kept apart and never written anywhere. */
export type EndDraft = Address & {
  how: 'address' | 'saved';
  endpointId: string | null;
  savedKind: Address['kind'] | null;
  /** Secrets belong to it; after a reload they have to be typed again. */
  hasPassword: boolean;
};

/** What the wizard has been told so far; survives a reload of the page. */
export type Draft = {
  version: 4;
  name: string;
  source: EndDraft;
  target: EndDraft;
  mode: MigrationMode;
  onConflict: ExistingKeyPolicy;
  rateKeys: number;
  rateBytes: number;
  filter: string;
  exclude: string;
  dbMap: string;
  keyPrefix: string;
  ttlShiftMs: number;
  ttlCapMs: number;
  batch: number;
  connections: number;
  spoolMaxBytes: number;
  bigKeyBytes: number;
  accept: LostClass[];
  machineId: string | null;
  /** Those that share the shards of the source with it. */
  moreMachines: string[];
  preflightId: string | null;
  /** What the preflight was made for; another mark makes it stale. */
  preflightMark: string | null;
  /** Rows whose warning was read. */
  acknowledged: string[];
};

export const emptyEnd: EndDraft = {
  ...emptyAddress,
  how: 'address',
  endpointId: null,
  savedKind: null,
  hasPassword: false,
};

export const emptyDraft: Draft = {
  version: 4,
  name: '',
  source: emptyEnd,
  target: emptyEnd,
  mode: 'sync',
  onConflict: 'fail',
  rateKeys: 0,
  rateBytes: 0,
  filter: '',
  exclude: '',
  dbMap: '',
  keyPrefix: '',
  ttlShiftMs: 0,
  ttlCapMs: 0,
  batch: 1_024,
  connections: 2,
  spoolMaxBytes: 0,
  bigKeyBytes: 8_388_608,
  accept: [],
  machineId: null,
  moreMachines: [],
  preflightId: null,
  preflightMark: null,
  acknowledged: [],
};

export type Side = 'source' | 'target';

/** Whether an end is made of files; of a saved one its kind is known once it was chosen. */
export function isOfFiles({ how, kind, savedKind }: EndDraft): boolean {
  const own = how === 'saved' ? savedKind : kind;
  return own === 'rdb' || own === 'aof';
}

/** Files are copied once: there is nothing to follow, or nowhere to put what follows. */
export function modeOf({ mode, source, target }: Pick<Draft, 'mode' | Side>): MigrationMode {
  return isOfFiles(source) || isOfFiles(target) ? 'full' : mode;
}

export type Secrets = Readonly<Record<Side, AddressSecrets>>;
