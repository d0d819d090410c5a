import type { SettingsTable } from '@cacheferry/domain';
import { toFullJson } from '../json.ts';
import type { Db } from '../prisma-client.ts';

/** Settings, one row each. Names that begin with @ are the database package's own. */
export function createSettings(db: Db): SettingsTable {
  return {
    all: async () => {
      const rows = await db.setting.findMany({ where: { NOT: { name: { startsWith: '@' } } } });
      return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
    },
    put: async (values, updatedAt) => {
      for (const [name, value] of Object.entries(values)) {
        if (value === undefined) continue;
        const row = { value: toFullJson(value), updatedAt };
        await db.setting.upsert({ where: { name }, create: { name, ...row }, update: row });
      }
    },
  };
}
