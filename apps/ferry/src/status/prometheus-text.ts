import type { ShardProgress, Snapshot } from '@cacheferry/contract';

type Kind = 'gauge' | 'counter';
type Row<T> = readonly [name: string, kind: Kind, help: string, read: (from: T) => number | null];

const runRows: readonly Row<Snapshot>[] = [
  ['keys_done_total', 'counter', 'Keys that the target acknowledged.', ({ keysDone }) => keysDone],
  ['keys_skipped_total', 'counter', 'Keys that were left as the target had them.', ({ keysSkipped }) => keysSkipped],
  ['keys_expected', 'gauge', 'Keys that the source announced.', ({ keysTotal }) => keysTotal],
  ['commands_done_total', 'counter', 'Commands that the target acknowledged.', ({ commandsDone = 0 }) => commandsDone],
  ['received_bytes_total', 'counter', 'Bytes received from the source.', ({ bytesIn }) => bytesIn],
  ['sent_bytes_total', 'counter', 'Bytes that the target acknowledged.', ({ bytesOut }) => bytesOut],
  ['spool_bytes', 'gauge', 'Received bytes on disk.', ({ spoolBytes }) => spoolBytes],
  ['resident_memory_bytes', 'gauge', 'Memory of the process.', ({ rssBytes }) => rssBytes],
  ['start_time_seconds', 'gauge', 'When the run started.', ({ startedAt }) => Date.parse(startedAt) / 1000],
];

const shardRows: readonly Row<ShardProgress>[] = [
  ['shard_lag_bytes', 'gauge', 'Bytes of the stream that the target does not contain.', ({ lagBytes }) => lagBytes],
  ['shard_lag_seconds', 'gauge', 'Age of the oldest of them.', ({ lagMs }) => (lagMs === null ? null : lagMs / 1000)],
  ['shard_offset', 'gauge', 'Stream offset that the target contains.', ({ offset }) => offset],
  ['shard_source_offset', 'gauge', 'Stream offset of the source.', ({ sourceOffset }) => sourceOffset],
  ['shard_keys_done', 'gauge', 'Keys of the shard that the target acknowledged.', ({ keysDone }) => keysDone],
];

const states = ['starting', 'full_sync', 'incremental_sync', 'paused', 'stopping', 'stopped', 'completed', 'failed'];

/** A run in the text form of Prometheus. What is not known yet is left out. */
export function prometheusText(snapshot: Snapshot): string {
  return [
    ...runRows.flatMap((row) => metric(row, [{ labels: {}, from: snapshot }])),
    ...metric(
      ['state', 'gauge', 'The state of the run: 1 for the one that holds.', ({ is }) => is],
      states.map((state) => ({ labels: { state }, from: { is: snapshot.state === state ? 1 : 0 } })),
    ),
    ...metric(
      ['errors_total', 'counter', 'Errors that were met, by code.', ({ count }) => count],
      counts(snapshot.errors, 'code'),
    ),
    ...metric(
      ['lost_total', 'counter', 'Elements that did not arrive, by class.', ({ count }) => count],
      counts(snapshot.lost, 'class'),
    ),
    ...shardRows.flatMap((row) =>
      metric(
        row,
        snapshot.shards.map((shard) => ({ labels: { shard: shard.id }, from: shard })),
      ),
    ),
    '',
  ].join('\n');
}

type Sample<T> = { labels: Record<string, string>; from: T };

function metric<T>([name, kind, help, read]: Row<T>, samples: readonly Sample<T>[]): string[] {
  const lines = samples.flatMap(({ labels, from }) => {
    const value = read(from);
    return value === null ? [] : [`cacheferry_${name}${labelText(labels)} ${value}`];
  });
  if (lines.length === 0) return [];
  return [`# HELP cacheferry_${name} ${help}`, `# TYPE cacheferry_${name} ${kind}`, ...lines];
}

const counts = (of: Record<string, number>, label: string): Sample<{ count: number }>[] =>
  Object.entries(of).map(([name, count]) => ({ labels: { [label]: name }, from: { count } }));

function labelText(labels: Record<string, string>): string {
  const quoted = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`,
  );
  return quoted.length === 0 ? '' : `{${quoted.join(',')}}`;
}
