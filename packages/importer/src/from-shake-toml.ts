import { FerryError } from '@cacheferry/kernel';
import { type ForeignJob, keyRule, policies, prefixRule, serverEnd, suffixRule, usableRules } from './foreign-file.ts';
import type { Settings } from './settings.ts';

/** RedisShake's shake.toml: with a reader and a writer (v4), or with type, source and target (v3). */
export function fromShakeToml(settings: Settings): ForeignJob {
  const old = settings.text('type');
  const { source, mode, databases, ...read } = old === '' ? readReader(settings) : readSource(settings, old);
  const target = old === '' ? readWriter(settings) : readTarget(settings);
  return { source, target, mode, options: { ...optionsOf(settings), ...read, ...rulesOf(settings, databases) } };
}

/** `databases`: those that the reader reads; empty: all. */
type Read = Pick<ForeignJob, 'source' | 'mode'> & { databases: string[]; until?: string };

function readReader(settings: Settings): Read {
  for (const kind of ['sync', 'scan'] as const)
    for (const form of ['', 'standalone_', 'cluster_'])
      if (settings.has(`${kind}_${form}reader`)) return readServer(settings, `${kind}_${form}reader`, kind);
  const path = settings.text('rdb_reader.filepath');
  if (path !== '') return { source: { url: `rdb:${path}` }, mode: 'full', databases: [] };
  const aof = settings.text('aof_reader.filepath');
  if (aof !== '') return { source: { url: `aof:${aof}` }, mode: 'full', databases: [], ...untilOf(settings) };
  throw new FerryError('import.unreadable', { problem: 'it has no reader that is known' });
}

function readServer(settings: Settings, table: string, kind: 'sync' | 'scan'): Read {
  const isScan = kind === 'scan';
  const source = serverOf(settings, table, isScan);
  const databases = settings.list(`${table}.dbs`);
  const followsBy = isScan ? 'ksn' : 'sync_aof';
  const follows = isScan ? settings.isOn(`${table}.ksn`) : settings.text(`${table}.sync_aof`) !== 'false';
  const copiesBy = isScan ? 'scan' : 'sync_rdb';
  if (settings.text(`${table}.${copiesBy}`) === 'false')
    settings.note('always_copies', `${table}.${copiesBy}`, { follows: followsBy });
  return { source, mode: follows ? 'sync' : 'full', databases };
}

/** Up to which second of its annotations an AOF is read; 0: to its end. */
function untilOf(settings: Settings): { until?: string } {
  const seconds = Number(settings.text('aof_reader.timestamp'));
  return seconds > 0 && seconds < 1e11 ? { until: new Date(seconds * 1000).toISOString() } : {};
}

function serverOf(settings: Settings, table: string, isScan: boolean): ForeignJob['source'] {
  const isTls = settings.isOn(`${table}.tls`);
  const at = { user: settings.text(`${table}.username`), password: settings.text(`${table}.password`), isTls };
  const addresses = settings.list(`${table}.address`, ',');
  const watchers = settings.list(`${table}.sentinel.address`, ',');
  const master = settings.text(`${table}.sentinel.master_name`) || settings.text(`${table}.master`);
  const isSentinel = settings.isOn(`${table}.sentinel`) || watchers.length > 0;
  const watcherPassword = settings.text(`${table}.sentinel.password`);
  if (isSentinel && master !== '') {
    const watcher = settings.text(`${table}.sentinel.username`);
    const end = serverEnd(
      { master, watcher },
      { ...at, addresses: watchers.length > 0 ? watchers : addresses },
      isScan,
    );
    return watcherPassword === '' ? end : { ...end, sentinelPassword: watcherPassword };
  }
  const isCluster = settings.isOn(`${table}.cluster`) || table.includes('cluster_');
  if (addresses.length === 0) throw new FerryError('import.unreadable', { problem: `${table} has no address` });
  return serverEnd(isCluster ? 'cluster' : 'standalone', { ...at, addresses }, isScan);
}

function readWriter(settings: Settings): ForeignJob['target'] {
  const table = ['redis_writer', 'redis_standalone_writer', 'redis_cluster_writer', 'redis_sentinel_writer'].find(
    (name) => settings.has(name),
  );
  if (!table) throw new FerryError('import.unreadable', { problem: 'it has no writer that is known' });
  return serverOf(settings, table, false);
}

/** `type = "sync"` with [source] and [target]. */
function readSource(settings: Settings, type: string): Read {
  if (type !== 'restore') {
    const source = serverOf(settings, 'source', type === 'scan');
    return { source, mode: type === 'sync' ? 'sync' : 'full', databases: [] };
  }
  return { source: { url: `rdb:${settings.text('source.rdb_file_path')}` }, mode: 'full', databases: [] };
}

function readTarget(settings: Settings): ForeignJob['target'] {
  const isCluster = settings.text('target.type') === 'cluster';
  const end = serverOf(settings, 'target', false);
  return isCluster ? { ...end, url: end.url.replace('://', '+cluster://') } : end;
}

function optionsOf(settings: Settings): ForeignJob['options'] {
  const behavior = settings.text('advanced.rdb_restore_command_behavior');
  const batch = Number(settings.text('advanced.pipeline_count_limit') || 512);
  return { onConflict: policies[behavior] ?? 'fail', batch: Math.min(10_000, Math.max(1, batch)) };
}

function rulesOf(settings: Settings, databases: readonly string[]): ForeignJob['options'] {
  const code = settings.text('filter.function') || settings.text('function') || settings.text('transform');
  if (code !== '') settings.note('lua_code', 'function');
  const filter = [...databaseRule(settings, databases), ...side(settings, 'allow')];
  return { filter, exclude: [...side(settings, 'block'), ...blockedDatabases(settings)] };
}

/** Rules of one kind are alternatives in a job; here a database has to be in both lists. */
function databaseRule(settings: Settings, read: readonly string[]): string[] {
  const allowed = settings.list('filter.allow_db');
  if (read.length === 0 && allowed.length === 0) return [];
  const both = read.length === 0 ? allowed : read.filter((db) => allowed.length === 0 || allowed.includes(db));
  if (both.length === 0) throw new FerryError('import.unreadable', { problem: 'dbs and allow_db have none in common' });
  return usableRules(settings, 'filter.allow_db', [`db:${both.join(',')}`]);
}

function blockedDatabases(settings: Settings): string[] {
  const rules = settings.list('filter.block_db').map((db) => `db:${db}`);
  return usableRules(settings, 'filter.block_db', rules);
}

function side(settings: Settings, verb: 'allow' | 'block'): string[] {
  const list = (name: string, toRule: (item: string) => string) =>
    usableRules(settings, `filter.${verb}_${name}`, settings.list(`filter.${verb}_${name}`).map(toRule));
  const group = (name: string) => `cmd:@${name.toLowerCase().replaceAll('_', '-')}`;
  return [
    ...list('keys', keyRule),
    ...list('key_prefix', prefixRule),
    ...list('key_suffix', suffixRule),
    ...list('key_regex', (regex) => `regex:${regex}`),
    ...list('command', (command) => `cmd:${command}`),
    ...list('command_group', group),
  ];
}
