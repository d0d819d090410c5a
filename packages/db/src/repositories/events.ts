import { LogLevel, type StoredEvent } from '@cacheferry/contract';
import type { Events, EventSearch } from '@cacheferry/domain';
import { type Event, Prisma } from '../generated/prisma/client.ts';
import { fromJson } from '../json.ts';
import { likeText } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';

type Row = Pick<Event, 'id' | 'at' | 'type' | 'level' | 'runId' | 'seq' | 'body'>;
const columns = Prisma.sql`id, at, type, level, run_id as "runId", seq, body`;

/** Events of migrations and checks, numbered without a gap by those who append them under the lock of their row. */
export function createEvents(db: Db): Events {
  return {
    append: async (subjectId, firstId, events) => {
      const rows = events.map((event, index) => ({ ...event, n: firstId + index }));
      await db.$executeRaw`
        insert into events (subject_id, id, at, type, level, run_id, seq, text, body)
        select ${subjectId}::uuid, n, at, type, level, "runId", seq, text, body
        from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as rows(
          n bigint, at timestamptz, type text, level text, "runId" uuid, seq bigint, text text, body jsonb)`;
    },
    after: async (subjectId, after, limit) => {
      const rows = await db.$queryRaw<Row[]>`
        select ${columns} from events where subject_id = ${subjectId}::uuid and id > ${after}
        order by id limit ${limit}`;
      return rows.map(storedEvent);
    },
    search: async (subjectId, search, limit) => {
      const isForward = search.after !== null;
      const order = isForward ? Prisma.sql`asc` : Prisma.sql`desc`;
      const rows = await db.$queryRaw<Row[]>`
        select ${columns} from events where ${matching(subjectId, search)} order by id ${order} limit ${limit}`;
      const events = rows.map(storedEvent);
      return isForward ? events : events.reverse();
    },
    count: async (subjectId, search) => {
      const rows = await db.$queryRaw<{ total: number }[]>`
        select count(*)::int as total from events where ${matching(subjectId, search)}`;
      return rows[0]?.total ?? 0;
    },
    lost: async (subjectId, { class: name, after, limit }) => {
      const rows = await db.$queryRaw<Row[]>`
        select ${columns} from events where ${lostOf(subjectId, name)} and id > ${after} order by id limit ${limit}`;
      return rows.map(storedEvent);
    },
    countLost: async (subjectId, name) => {
      const rows = await db.$queryRaw<{ total: number }[]>`
        select count(*)::int as total from events where ${lostOf(subjectId, name)}`;
      return rows[0]?.total ?? 0;
    },
    ofType: async (subjectId, types) => {
      const rows = await db.$queryRaw<Row[]>`
        select ${columns} from events where subject_id = ${subjectId}::uuid and type = any(${[...types]}) order by id`;
      return rows.map(storedEvent);
    },
    deleteBefore: async (time, limit) =>
      db.$executeRaw`
        delete from events e using (
          select subject_id, id from events where at < ${time} and type <> 'state' limit ${limit}
        ) as old where e.subject_id = old.subject_id and e.id = old.id`,
  };
}

function matching(subjectId: string, { after, before, levels, types, q }: EventSearch): Prisma.Sql {
  const parts = [Prisma.sql`subject_id = ${subjectId}::uuid`];
  if (after !== null) parts.push(Prisma.sql`id > ${after}`);
  if (before !== null) parts.push(Prisma.sql`id < ${before}`);
  if (levels !== null) parts.push(Prisma.sql`level = any(${[...levels]})`);
  if (types !== null) parts.push(Prisma.sql`type = any(${[...types]})`);
  if (q !== null) parts.push(Prisma.sql`text ilike ${`%${likeText(q)}%`}`);
  return Prisma.join(parts, ' and ');
}

/** The engine names each as a warning with its class and count. */
function lostOf(subjectId: string, name: string | null): Prisma.Sql {
  const parts = [
    Prisma.sql`subject_id = ${subjectId}::uuid and type = 'log' and level = 'warn'`,
    Prisma.sql`jsonb_exists(body, 'class') and jsonb_exists(body, 'count')`,
  ];
  if (name !== null) parts.push(Prisma.sql`body->>'class' = ${name}`);
  return Prisma.join(parts, ' and ');
}

function storedEvent({ id, at, type, level, runId, seq, body }: Row): StoredEvent {
  return {
    ...fromJson<Record<string, unknown>>(body),
    id: Number(id),
    at: at.toISOString(),
    type,
    level: LogLevel.safeParse(level).data ?? null,
    runId,
    seq: seq === null ? null : Number(seq),
  };
}
