import { FerryError, printableKey } from '@cacheferry/kernel';
import type { KeyMatch } from '../rules/key-matcher.ts';
import { rulesOnServer } from '../rules/migration-rules.ts';
import type { ShipDeps } from '../ship/ship-deps.ts';
import type { MigrationRun } from './open-run.ts';
import type { ShardRun } from './progress.ts';

/** What one shard copies: of a pool only what is at home where it reads, and where it writes. */
export function rulesFor(run: MigrationRun, shard: ShardRun): Pick<ShipDeps, 'rules' | 'onStray'> {
  const { rules, options } = run;
  const isHome = run.source.homeOf?.(shard.from) ?? null;
  const isBound = boundFor(run, shard.lane);
  if (!isHome && !isBound) return { rules };
  const both: KeyMatch = (bytes, start, end) =>
    (!isHome || isHome(bytes, start, end)) && (!isBound || isBound(bytes, start, end));
  return { rules: rulesOnServer(rules, options, both), ...(isHome ? { onStray: strayTest(run, shard, isHome) } : {}) };
}

/** Whether the target has a key, under the name that it gets there, on that one of its shards. */
function boundFor({ target, rules }: MigrationRun, lane: number): KeyMatch | null {
  const { placement, shards } = target;
  if (!placement || shards.length < 2) return null;
  const renames = rules?.renames.isAny ? rules.renames : null;
  return (bytes, start, end) => {
    const name = renames?.rename(bytes, start, end) ?? null;
    return (name === null ? placement(bytes, start, end) : placement(name)) === lane;
  };
}

/** Tells of the first stray key of a server, and counts all: where several lanes read it, the first one does. */
function strayTest({ events }: MigrationRun, { id, lane, tally, receiver }: ShardRun, isHome: KeyMatch) {
  return (at: number, key: Buffer) => {
    if (lane !== 0 || isHome(key, 0, key.length) || !tally.addStray(at)) return;
    const facts = { endpoint: receiver.status().source ?? id, key: printableKey(key) };
    events.error(new FerryError('twemproxy.stray_key', facts), { fatal: false, shard: id });
  };
}
