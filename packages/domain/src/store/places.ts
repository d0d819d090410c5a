import type {
  EndpointSecrets,
  HostKey,
  Machine,
  MachineAuth,
  MachineFacts,
  MachineState,
  Problem,
} from '@cacheferry/contract';
import type { PageRequest, Rows } from './page.ts';

export type MachineRecord = {
  id: string;
  name: string;
  kind: 'local' | 'ssh';
  host: string | null;
  port: number | null;
  username: string | null;
  authKind: MachineAuth['kind'] | null;
  labels: string[];
  workDir: string | null;
  slots: number;
  state: MachineState;
  isDraining: boolean;
  trustedHostKey: HostKey | null;
  seenHostKey: HostKey | null;
  facts: MachineFacts | null;
  factsAt: Date | null;
  engine: Machine['engine'];
  problem: Problem | null;
  probeAskedAt: Date | null;
  installAskedAt: Date | null;
  probedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
};

export interface Machines {
  find(id: string): Promise<MachineRecord | null>;
  /** As `find`, and no one else changes the row before the transaction ends. */
  lock(id: string): Promise<MachineRecord | null>;
  findLocal(): Promise<MachineRecord | null>;
  findMany(ids: readonly string[]): Promise<MachineRecord[]>;
  /** The login's secrets, opened. */
  auth(id: string): Promise<MachineAuth | null>;
  insert(machine: MachineRecord, auth: MachineAuth | null): Promise<void>;
  /** `auth`: undefined leaves it as it is. */
  update(id: string, change: Partial<Omit<MachineRecord, 'id'>>, auth?: MachineAuth | null): Promise<MachineRecord>;
  delete(id: string): Promise<void>;
  page(request: PageRequest): Promise<Rows<MachineRecord>>;
  /** Runs and preflights at work on each machine. */
  countRunning(ids: readonly string[]): Promise<Map<string, number>>;
  /** Asked for, or not probed for so long: half a minute where something runs, else a minute. */
  findDue(limit: number): Promise<{ machineId: string; task: 'probe' | 'install' }[]>;
}

export type EndpointRecord = {
  id: string;
  name: string;
  /** Without secrets. */
  url: string;
  kind: string;
  hasPassword: boolean;
  createdAt: Date;
  updatedAt: Date;
};

export interface Endpoints {
  find(id: string): Promise<EndpointRecord | null>;
  lock(id: string): Promise<EndpointRecord | null>;
  secrets(id: string): Promise<EndpointSecrets>;
  insert(endpoint: EndpointRecord, secrets: EndpointSecrets): Promise<void>;
  /** `secrets`: undefined leaves them as they are. */
  update(id: string, change: Partial<Omit<EndpointRecord, 'id'>>, secrets?: EndpointSecrets): Promise<EndpointRecord>;
  delete(id: string): Promise<void>;
  page(request: PageRequest): Promise<Rows<EndpointRecord>>;
  /** Migrations that name each endpoint. */
  countUses(ids: readonly string[]): Promise<Map<string, number>>;
}

/** One end of a migration or preflight as it is stored: the address it had then, apart from its secrets. */
export type EndRecord = {
  url: string;
  kind: string;
  endpointId: string | null;
  name: string | null;
  hasPassword: boolean;
};
/** The secrets of both ends. */
export type BothSecrets = { source: EndpointSecrets; target: EndpointSecrets };
