import type { Migration, MigrationState, RateInput } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { act } from '../act.ts';
import type { Context } from '../context.ts';
import { canonicalJson } from '../plain-json.ts';
import { newCommand } from '../runs/new-command.ts';
import { sharesAmong, stateOfShare } from '../runs/shares.ts';
import { lockMigration, saveSubject } from '../runs/subject.ts';
import type { Transaction } from '../store/index.ts';
import type { CommandName, CommandRecord, StoredRun } from '../store/runs.ts';
import { migrationView } from './migration-view.ts';

type Steering = Exclude<CommandName, 'stop'>;
type Rule = {
  /** States in which the engine can be asked. */
  from: readonly MigrationState[];
  /** States that show it as done already: asking again changes nothing. */
  done: readonly MigrationState[];
  /** Requests that this one makes void. */
  replaces: readonly CommandName[];
};

const working = ['starting', 'full_sync', 'incremental_sync'] as const;

/** What may be asked of a running engine, and when. */
export const steeringRules: Record<Steering, Rule> = {
  pause: { from: working, done: ['paused'], replaces: ['resume'] },
  resume: { from: ['paused'], done: working, replaces: ['pause'] },
  rate: { from: [...working, 'paused', 'cutting_over'], done: [], replaces: ['rate'] },
  fence: { from: ['incremental_sync'], done: [], replaces: ['unfence'] },
  unfence: { from: [...working, 'paused', 'cutting_over'], done: [], replaces: ['fence'] },
};

/** Asks the engine to hold back what it would apply; the replication link stays. Throws `migration.invalid_transition`. */
export const pauseMigration = (ctx: Context, id: string): Promise<Migration> => steer(ctx, id, 'pause', {});

/** Asks the engine to go on applying. Throws `migration.invalid_transition`. */
export const resumeMigration = (ctx: Context, id: string): Promise<Migration> => steer(ctx, id, 'resume', {});

/** Asks for other limits; 0 means none, one that is not named stays. Throws `migration.invalid_transition`. */
export const rateMigration = (ctx: Context, id: string, input: RateInput): Promise<Migration> =>
  steer(ctx, id, 'rate', given(input));

/** Asks the engine to stop writes at the source, with its deadline. Throws `migration.invalid_transition`. */
export const fenceMigration = (ctx: Context, id: string): Promise<Migration> => steer(ctx, id, 'fence', {});

/** Asks the engine to let writes at the source go on. Throws `migration.invalid_transition`. */
export const unfenceMigration = (ctx: Context, id: string): Promise<Migration> => steer(ctx, id, 'unfence', {});

/**
 * Writes down what a user asks of a running engine. The state follows when the engine reports it; `pending` shows the
 * request until then. The same request twice is one.
 */
async function steer(ctx: Context, id: string, command: Steering, args: CommandRecord['args']): Promise<Migration> {
  const action = `migration.${command}`;
  return act(
    ctx,
    { needs: 'operator', action, objectKind: 'migration', objectId: id },
    async ({ tx, describe, ring }) => {
      const subject = await lockMigration(tx, id);
      const { state, name } = subject.record;
      describe({ objectName: name, detail: { state, ...args } });
      const shares = sharesAmong(subject.record, await tx.runs.newestOf([id]));
      const live = shares.filter(({ phase }) => phase !== 'ended');
      if (live.length === 0) throw new FerryError('migration.invalid_transition', { state, event: command });
      for (const run of live) {
        // Each of several is asked for what it does itself; writes at the source are stopped at all shards or at none.
        const own = shares.length > 1 && command !== 'fence' && state !== 'lost' ? stateOfShare(run) : state;
        if (await askRun(ctx, tx, { run, state: own }, { command, args })) ring({ kind: 'run', id: run.id });
      }
      await saveSubject(ctx, tx, subject);
      return migrationView(tx, subject.record);
    },
  );
}

/** True where there is something new to tell the engine. Throws `migration.invalid_transition`. */
async function askRun(
  ctx: Context,
  tx: Transaction,
  { run, state }: { run: StoredRun; state: MigrationState },
  { command, args }: Pick<CommandRecord, 'args'> & { command: Steering },
): Promise<boolean> {
  const rule = steeringRules[command];
  const open = await tx.commands.openOfRun(run.id);
  if (open.some((one) => isSame(one, command, args))) return false;
  const opposed = open.filter((one) => rule.replaces.includes(one.command));
  const isUnderWay = opposed.some(({ deliveredAt }) => deliveredAt !== null);
  const isAskable = rule.from.includes(state) || (state === 'queued' && rule.from.includes('starting'));
  if (!isUnderWay && !isAskable && !rule.done.includes(state))
    throw new FerryError('migration.invalid_transition', { state, event: command });
  const unsent = opposed.filter(({ deliveredAt }) => deliveredAt === null).map((one) => one.id);
  await tx.commands.close(unsent, 'replaced', new Date(ctx.clock.now()));
  if (!isUnderWay && !isAskable) return false;
  await tx.commands.insert(newCommand(ctx, run, command, args));
  return true;
}

const isSame = (open: CommandRecord, command: string, args: CommandRecord['args']): boolean =>
  open.command === command && canonicalJson(open.args) === canonicalJson(args);

const given = ({ rateKeys, rateBytes }: RateInput): CommandRecord['args'] => ({
  ...(rateKeys === undefined ? {} : { rateKeys }),
  ...(rateBytes === undefined ? {} : { rateBytes }),
});
