import rows from '../data/commands.json' with { type: 'json' };
import { type CommandSpec, type StoredCommand, toCommandSpec } from './command-spec.ts';
import { type CommandName, CommandTable } from './command-table.ts';

const table = new CommandTable();
for (const row of rows as StoredCommand[]) table.add(toCommandSpec(row));

/** A command by its name in any case, and with `subcommand` that part of a container (`XGROUP`, `CREATE`). */
export function lookupCommand(name: CommandName, subcommand?: CommandName): CommandSpec | undefined {
  return table.lookup(name, subcommand);
}

/** The command of an argument list; for a container the subcommand, or the container when the subcommand is unknown. */
export function commandOf(argv: readonly Uint8Array[]): CommandSpec | undefined {
  const name = argv[0];
  if (name === undefined) return undefined;
  const spec = table.lookup(name);
  if (!spec?.isContainer || argv[1] === undefined) return spec;
  return table.lookup(name, argv[1]) ?? spec;
}

/** Adds a command that a server explained (a module's, or one that is newer than the table). Known ones stay as they are. */
export function learnCommand(spec: CommandSpec): void {
  if (table.lookup(spec.name) === undefined) table.add(spec);
}
