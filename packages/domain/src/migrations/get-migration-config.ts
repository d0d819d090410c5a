import { type MigrationConfig, MigrationOptions } from '@cacheferry/contract';
import { authorise } from '../authorise.ts';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import type { EndRecord } from '../store/places.ts';
import { shareOf, workplacesOf } from '../runs/shares.ts';
import { ferryCommand } from './ferry-command.ts';

/** The job of a migration with every secret masked, which of its options are the defaults, and it as a command. */
export async function getMigrationConfig(ctx: Context, id: string): Promise<MigrationConfig> {
  authorise(ctx, 'viewer');
  const migration = found(await ctx.store.migrations.find(id), 'migration');
  const { source, target, mode, options } = migration;
  const commandOn = (machineId: string) =>
    ferryCommand({ source, target, mode, options, share: shareOf(migration, machineId) });
  const usual = MigrationOptions.parse({}) as Record<string, unknown>;
  const defaults = Object.entries(options).filter(([name, value]) => isEqual(value, usual[name]));
  return {
    job: { version: 1, kind: 'migrate', task: id, source: masked(source), target: masked(target), mode, options },
    defaults: defaults.map(([name]) => name),
    command: workplacesOf(migration).map(commandOn).join('\n'),
  };
}

const masked = ({ url, hasPassword }: EndRecord) => ({ url, ...(hasPassword ? { password: '[secret]' } : {}) });
const isEqual = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
