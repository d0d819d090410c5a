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

/** Throws `migration.option_unsupported` for rules that cannot be kept between such ends. `isFollowed`: by its stream. */
export function refuseRules({ source }: JobEnds, { rules, options, isFollowed }: Wish): void {
  const where = rules?.hasValues && isFollowed ? whereUnfollowed(source) : null;
  if (where !== null)
    throw new FerryError('migration.option_unsupported', { option: `a rule about type, ttl or size ${where}` });
  // Which shard a key on the target belongs to is told by its name.
  if (rules && source.kind === 'cluster' && options.keyPrefix.length > 0)
    throw new FerryError('migration.option_unsupported', { option: '--key-prefix with a clustered source' });
}

/** Where keys that change cannot be followed by their values; null where they can. */
function whereUnfollowed(source: Endpoint): string | null {
  // What a key was at a place of its history, an AOF can be asked as little as a scan.
  if (source.kind === 'aof') return 'with an AOF as source';
  return isScan(source) ? 'with --mode sync from redis-scan' : null;
}

const unsupported = (kind: string, role: string): FerryError => new FerryError('endpoint.unsupported', { kind, role });
