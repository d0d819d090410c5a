import type { MetricsRow, MetricsSeries } from '@cacheferry/domain';
import { Prisma } from '../generated/prisma/client.ts';
import type { Db } from '../prisma-client.ts';

type Row = { [name in keyof MetricsRow]: number | bigint | null };

/** Series for charts: rows of one second, ten and sixty, of which the finer ones live shorter. */
export function createMetrics(db: Db): MetricsSeries {
  return {
    add: async (migrationId, steps, rows) => {
      if (rows.length === 0) return;
      await db.$executeRaw`
        insert into metrics_points (migration_id, step, at, keys_per_second, bytes_per_second, keys_done, lag_bytes, lag_ms, rss_bytes)
        select distinct on (s.step, r.at / s.step) ${migrationId}::uuid, s.step, r.at / s.step * s.step,
          r."keysPerSecond", r."bytesPerSecond", r."keysDone", r."lagBytes", r."lagMs", r."rssBytes"
        from unnest(${[...steps]}::int[]) as s(step), jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(
          at bigint, "keysPerSecond" float8, "bytesPerSecond" float8, "keysDone" bigint, "lagBytes" bigint,
          "lagMs" bigint, "rssBytes" bigint)
        order by s.step, r.at / s.step, r.at
        on conflict do nothing`;
    },
    read: async (migrationId, ranges) => {
      if (ranges.length === 0) return [];
      const parts = ranges.map(({ step, from, to }) => Prisma.sql`(step = ${step} and at >= ${from} and at < ${to})`);
      const rows = await db.$queryRaw<Row[]>`
        select at, keys_per_second as "keysPerSecond", bytes_per_second as "bytesPerSecond", keys_done as "keysDone",
          lag_bytes as "lagBytes", lag_ms as "lagMs", rss_bytes as "rssBytes"
        from metrics_points where migration_id = ${migrationId}::uuid and (${Prisma.join(parts, ' or ')}) order by at`;
      return rows.map(metricsRow);
    },
    bounds: async (migrationId) => {
      const rows = await db.$queryRaw<{ from: bigint | null; to: bigint | null }[]>`
        select min(at) as "from", max(at) as "to" from metrics_points where migration_id = ${migrationId}::uuid`;
      const { from = null, to = null } = rows[0] ?? {};
      return from === null || to === null ? null : { from: Number(from), to: Number(to) };
    },
    deleteBefore: async (step, time, limit) =>
      db.$executeRaw`
        delete from metrics_points m using (
          select migration_id, step, at from metrics_points where step = ${step} and at < ${time} limit ${limit}
        ) as old where m.migration_id = old.migration_id and m.step = old.step and m.at = old.at`,
  };
}

function metricsRow(row: Row): MetricsRow {
  const optional = (value: number | bigint | null) => (value === null ? null : Number(value));
  return {
    at: Number(row.at),
    keysPerSecond: Number(row.keysPerSecond),
    bytesPerSecond: Number(row.bytesPerSecond),
    keysDone: Number(row.keysDone),
    lagBytes: optional(row.lagBytes),
    lagMs: optional(row.lagMs),
    rssBytes: Number(row.rssBytes),
  };
}
