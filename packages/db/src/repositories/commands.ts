import type { CommandRecord, Commands } from '@cacheferry/domain';
import type { Command, Prisma } from '../generated/prisma/client.ts';
import { fromJson, withJson } from '../json.ts';
import type { Db } from '../prisma-client.ts';

const oldest = { orderBy: [{ createdAt: 'asc' as const }, { id: 'asc' as const }] };

/** What users asked of engines. */
export function createCommands(db: Db): Commands {
  return {
    find: async (id) => {
      const rows = await db.command.findMany({ where: { id: isId(id) ? id : { in: [] } } });
      return rows[0] ? commandRecord(rows[0]) : null;
    },
    insert: async (command) => {
      await db.command.create({ data: withJson(command, ['args']) as Prisma.CommandUncheckedCreateInput });
    },
    openOf: async (migrationIds) => {
      if (migrationIds.length === 0) return [];
      const where = { migrationId: { in: [...migrationIds] }, closedAt: null };
      return (await db.command.findMany({ where, ...oldest })).map(commandRecord);
    },
    openOfRun: async (runId) =>
      (await db.command.findMany({ where: { runId, closedAt: null }, ...oldest })).map(commandRecord),
    ofMigration: async (migrationId) =>
      (await db.command.findMany({ where: { migrationId }, ...oldest })).map(commandRecord),
    lastDone: async (runId, names) => {
      const where = { runId, command: { in: [...names] }, outcome: 'done' };
      const row = await db.command.findFirst({ where, orderBy: [{ closedAt: 'desc' }, { id: 'desc' }] });
      return row && commandRecord(row);
    },
    markDelivered: async (id, deliveredAt) => {
      await db.command.updateMany({ where: { id }, data: { deliveredAt } });
    },
    markUndelivered: async (runId) => {
      await db.command.updateMany({ where: { runId, closedAt: null }, data: { deliveredAt: null } });
    },
    close: async (ids, outcome, closedAt) => {
      if (ids.length === 0) return;
      await db.command.updateMany({ where: { id: { in: [...ids] }, closedAt: null }, data: { outcome, closedAt } });
    },
  };
}

/** An engine answers with the id that it was given; what is no id was given by someone else. */
const isId = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);

function commandRecord(row: Command): CommandRecord {
  return {
    ...row,
    command: fromJson<CommandRecord['command']>(row.command),
    args: fromJson<CommandRecord['args']>(row.args),
    outcome: fromJson<CommandRecord['outcome']>(row.outcome),
  };
}
