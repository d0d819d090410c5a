import type { MachineAuth, MachineState } from '@cacheferry/contract';
import type { MachineRecord, Machines } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { isDuplicate } from '../classify-error.ts';
import type { Machine, Prisma } from '../generated/prisma/client.ts';
import { fromJson, withJson } from '../json.ts';
import { contains, keyset } from '../keyset.ts';
import type { Db } from '../prisma-client.ts';
import type { Sealer } from '../seal.ts';
import { countRunning, findDueMachines } from './machine-work.ts';

const jsonColumns = ['trustedHostKey', 'seenHostKey', 'facts', 'engine', 'problem'];
const place = (id: string) => ({ table: 'machines', column: 'sealed_auth', id });

/** Machines; what is needed to log in lies sealed in its row. */
export function createMachines(db: Db, sealer: Sealer): Machines {
  const find = async (id: string) => record(await db.machine.findUnique({ where: { id } }));
  const sealed = (id: string, auth: MachineAuth | null) => (auth ? sealer.seal(JSON.stringify(auth), place(id)) : null);
  return {
    find,
    lock: async (id) => {
      await db.$queryRaw`select 1 from machines where id = ${id}::uuid for update`;
      return find(id);
    },
    findLocal: async () => record(await db.machine.findFirst({ where: { kind: 'local' } })),
    findMany: async (ids) => (await db.machine.findMany({ where: { id: { in: [...ids] } } })).map(machineRecord),
    auth: async (id) => {
      const row = await db.machine.findUnique({ where: { id }, select: { sealedAuth: true } });
      return row?.sealedAuth ? fromJson<MachineAuth>(JSON.parse(sealer.open(row.sealedAuth, place(id)))) : null;
    },
    insert: (machine, auth) =>
      named(machine.name, async () => {
        const data = { ...withJson(machine, jsonColumns), sealedAuth: sealed(machine.id, auth) };
        await db.machine.create({ data: data as Prisma.MachineCreateInput });
      }),
    update: (id, change, auth) =>
      named(change.name ?? '', async () => {
        const data = {
          ...withJson(change, jsonColumns),
          ...(auth === undefined ? {} : { sealedAuth: sealed(id, auth) }),
        };
        return machineRecord(await db.machine.update({ where: { id }, data }));
      }),
    delete: async (id) => {
      await db.machine.deleteMany({ where: { id } });
    },
    page: async (request) => {
      const { q } = request;
      const matching = q ? { OR: [{ name: contains(q) }, { host: contains(q) }, { labels: { has: q } }] } : {};
      const { where, orderBy, take } = keyset(request);
      const rows = await db.machine.findMany({ where: { AND: [matching, where] }, orderBy, take });
      return { rows: rows.map(machineRecord), total: await db.machine.count({ where: matching }) };
    },
    countRunning: (ids) => countRunning(db, ids),
    findDue: (limit) => findDueMachines(db, limit),
  };
}

/** Throws `request.duplicate_name` where a unique name refuses the row. */
export async function named<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicate(error)) throw new FerryError('request.duplicate_name', { name }, error);
    throw error;
  }
}

const record = (row: Machine | null): MachineRecord | null => row && machineRecord(row);

function machineRecord({ sealedAuth: _, ...row }: Machine): MachineRecord {
  return {
    ...row,
    kind: row.kind === 'local' ? 'local' : 'ssh',
    authKind: fromJson<MachineRecord['authKind']>(row.authKind),
    state: fromJson<MachineState>(row.state),
    trustedHostKey: fromJson<MachineRecord['trustedHostKey']>(row.trustedHostKey),
    seenHostKey: fromJson<MachineRecord['seenHostKey']>(row.seenHostKey),
    facts: fromJson<MachineRecord['facts']>(row.facts),
    engine: fromJson<MachineRecord['engine']>(row.engine),
    problem: fromJson<MachineRecord['problem']>(row.problem),
  };
}
