import type { EndpointKind } from '@cacheferry/contract';
import type { ConnectionOptions } from '@cacheferry/resp';
import type { Placement } from './twemproxy/pool-placement.ts';
import type { ClusterDirectory } from './cluster/cluster-directory.ts';

/** How to reach a server and sign in there. */
export type ServerAddress = Pick<ConnectionOptions, 'host' | 'port' | 'tls' | 'user' | 'password' | 'db'> & {
  /** Aborted, with the reason, as soon as the shard is known to be elsewhere. */
  until?: AbortSignal;
  /** It is not to be read while it is a replica: whose, is not known yet. */
  isPrimary?: true;
};

/** One primary, or the place where it is to be asked for, with its own stream and checkpoint. */
export interface Shard {
  /** Stays the same over failovers and restarts: names its spool and its checkpoint. */
  readonly id: string;
  /** Where it is now; asked again on each connect, because failovers and DNS change it. */
  locate(signal?: AbortSignal): Promise<ServerAddress>;
  /** Its servers belong to another shard now: nobody speaks for it any more, and `locate` waits until the signal. */
  readonly isDissolved?: boolean;
}

/** What an endpoint URL stands for. */
export type Topology = {
  kind: EndpointKind;
  shards: readonly Shard[];
  /** Ends what it does in the background. */
  close(): Promise<void>;
  /** Calls for each shard that joins later. */
  onShard?(listener: (shard: Shard) => void): void;
  /** Of a clustered source: the shard to which a node belongs. */
  shardOf?(node: string): string | undefined;
  /** Of a cluster: who has which slots. */
  directory?: ClusterDirectory;
  /** Of a pool of servers that does not change: which of its shards has a key, by its place among them. */
  placement?: Placement;
  /** Of such a pool: whether servers that fail leave it for a time, and others get their keys. */
  ejectsHosts?: boolean;
};
