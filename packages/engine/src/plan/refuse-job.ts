import type { Endpoint, MigrationOptions } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import type { MigrationRules } from '../rules/migration-rules.ts';

export type JobEnds = { source: Endpoint; target: Endpoint };

const isScan = (endpoint: Endpoint): boolean => 'scan' in endpoint && endpoint.scan;

/** Throws `endpoint.unsupported` and `endpoint.needs_server` for ends that do not go together, or not on that side. */
export function refuseEnds({ source, target }: JobEnds): void {
  if (isScan(target)) throw unsupported('redis-scan', 'target');
  if (source.kind === 'aof' && target.kind === 'rdb') throw new FerryError('endpoint.needs_server');
  if (source.kind === 'rdb' && source.version !== undefined) throw unsupported('rdb with ?version=', 'source');
}

export type Wish = { rules: MigrationRules | null; options: Pick<MigrationOptions, 'keyPrefix'>; isFollowed: boolean };

/** Throws `migration.option_unsupported` for rules that cannot be kept with such a source. `isFollowed`: by its stream. */
export function refuseRules(source: Endpoint, { rules, options, isFollowed }: Wish): void {
  if (rules?.hasValues && isFollowed)
    throw new FerryError('migration.option_unsupported', { option: 'rules about type, ttl or size with --mode sync' });
  // Which shard a key on the target belongs to is told by its name.
  if (rules && source.kind === 'cluster' && options.keyPrefix.length > 0)
    throw new FerryError('migration.option_unsupported', { option: '--key-prefix with a clustered source' });
}

const unsupported = (kind: string, role: string): FerryError => new FerryError('endpoint.unsupported', { kind, role });
