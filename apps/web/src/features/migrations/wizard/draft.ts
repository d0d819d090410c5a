import type { ExistingKeyPolicy, LostClass, MigrationMode } from '@cacheferry/contract';

/** One end of a draft. Secrets are kept apart and never written anywhere. */
export type EndDraft = {
  how: 'address' | 'saved';
  endpointId: string | null;
  /** A kind that the fields below cannot say is kept as a URL without secrets. */
  url: string | null;
  host: string;
  port: number | '';
  db: number | '';
  user: string;
  isTls: boolean;
  ca: string;
  cert: string;
  key: string;
  /** A password belongs to it; after a reload it has to be typed again. */
  hasPassword: boolean;
};

/** What the wizard has been told so far; survives a reload of the page. */
export type Draft = {
  version: 1;
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
  accept: LostClass[];
  machineId: string | null;
  preflightId: string | null;
  /** What the preflight was made for; another mark makes it stale. */
  preflightMark: string | null;
  /** Rows whose warning was read. */
  acknowledged: string[];
};

export const emptyEnd: EndDraft = {
  how: 'address',
  endpointId: null,
  url: null,
  host: '',
  port: 6379,
  db: 0,
  user: '',
  isTls: false,
  ca: '',
  cert: '',
  key: '',
  hasPassword: false,
};

export const emptyDraft: Draft = {
  version: 1,
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
  batch: 512,
  connections: 2,
  spoolMaxBytes: 0,
  accept: [],
  machineId: null,
  preflightId: null,
  preflightMark: null,
  acknowledged: [],
};

export type Side = 'source' | 'target';
