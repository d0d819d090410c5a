import type { Context } from '../context.ts';
import type { CommandName } from '../store/runs.ts';
import { newCommand } from './new-command.ts';
import type { RunWork } from './with-run.ts';

/** Asks the engines of the other machines for something, because of what became of this one. */
export async function askOthers(
  ctx: Context,
  { tx, subject, others }: Pick<RunWork, 'tx' | 'subject' | 'others'>,
  command: CommandName & ('unfence' | 'rate'),
): Promise<void> {
  if (subject.kind === 'check') return;
  const { rateKeys, rateBytes } = subject.record.options;
  if (command === 'rate' && rateKeys === 0 && rateBytes === 0) return;
  for (const other of others.filter(({ phase }) => phase === 'launched')) {
    const open = await tx.commands.openOfRun(other.id);
    // One that was not handed over yet is divided anew when it is.
    if (open.some((one) => one.command === command && one.deliveredAt === null)) continue;
    await tx.commands.insert(newCommand(ctx, other, command, command === 'rate' ? { rateKeys, rateBytes } : {}));
  }
}
