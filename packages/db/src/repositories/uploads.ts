import type { UploadRecord, Uploads } from '@cacheferry/domain';
import type { Upload } from '../generated/prisma/client.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';

/** Uploaded files; their bytes lie on the disk. */
export function createUploads(db: Db): Uploads {
  const find = async (id: string) => {
    const row = await db.upload.findUnique({ where: { id } });
    return row && uploadRecord(row);
  };
  return {
    find,
    findMany: async (ids) => (await db.upload.findMany({ where: { id: { in: [...ids] } } })).map(uploadRecord),
    lock: async (id) => {
      await db.$queryRaw`select 1 from uploads where id = ${id}::uuid for update`;
      return find(id);
    },
    lockAll: async () => {
      await db.$executeRaw`lock table uploads in share row exclusive mode`;
      return (await db.upload.findMany()).map(uploadRecord);
    },
    findIncomplete: async () => (await db.upload.findMany({ where: { isComplete: false } })).map(uploadRecord),
    insert: async (upload) => {
      await db.upload.create({ data: { ...upload, bytes: BigInt(upload.bytes) } });
    },
    update: async (id, { bytes, ...change }) => {
      const size = bytes === undefined ? {} : { bytes: BigInt(bytes) };
      return uploadRecord(await db.upload.update({ where: { id }, data: { ...change, ...size } }));
    },
    delete: async (id) => {
      await db.upload.deleteMany({ where: { id } });
    },
    page: async (request) => {
      const matching = request.q ? { name: contains(request.q) } : {};
      const { where, orderBy, take } = keyset(request);
      const rows = await db.upload.findMany({ where: { AND: [matching, where] }, orderBy, take });
      return { rows: rows.map(uploadRecord), total: await db.upload.count({ where: matching }) };
    },
    countUses: async (ids) => {
      if (ids.length === 0) return new Map();
      const rows = await db.$queryRaw<{ id: string; uses: number }[]>`
        select u.id::text as id, count(*)::int as uses from unnest(${[...ids]}::uuid[]) as u(id)
        join migrations m on m.source_url || ' ' || m.target_url like '%upload:' || u.id::text || '%'
        where m.state not in ('completed', 'stopped', 'failed') group by u.id`;
      return new Map(rows.map(({ id, uses }) => [id, uses]));
    },
    findRunning: async (ids) => {
      if (ids.length === 0) return [];
      const rows = await db.$queryRaw<{ id: string }[]>`
        select distinct u.id::text as id from unnest(${[...ids]}::uuid[]) as u(id)
        join migrations m on m.source_url || ' ' || m.target_url like '%upload:' || u.id::text || '%'
        join runs r on r.migration_id = m.id and r.phase <> 'ended'`;
      return rows.map(({ id }) => id);
    },
  };
}

function uploadRecord({ bytes, ...upload }: Upload): UploadRecord {
  return { ...upload, bytes: Number(bytes) };
}
