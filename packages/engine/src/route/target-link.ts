import type { Connection } from '@cacheferry/resp';

/** What reading from a target and claiming it needs: a connection to one server has it, and a cluster as a whole. */
export type TargetLink = Pick<Connection, 'endpoint' | 'failure' | 'call' | 'pipeline' | 'classify' | 'close'>;
