import type { Job, MigrationOptions, PreflightStatus } from '@cacheferry/contract';
import type { Clock, ErrorFacts, FerryError } from '@cacheferry/kernel';
import type { MigrationRules } from '../rules/migration-rules.ts';
import type { End } from './end.ts';
import { Prerequisite } from './prerequisite.ts';
import type { ServerNode } from './server-node.ts';

export type CheckScope = 'machine' | 'source' | 'target' | 'pair';

/** What one answer of a check means, with `{fact}` names in its texts. */
export type OutcomeTexts = {
  status: Exclude<PreflightStatus, 'skipped' | 'error'>;
  message: string;
  fix?: string;
  /** A command that mends it, as it can be typed. */
  command?: string;
  /** Whether an administrator may start all the same. */
  overridable?: boolean;
};

/** What a check found: one of its outcomes, or that another check has to pass first. */
export type Finding = {
  outcome: string;
  observed: string;
  expected?: string;
  facts?: ErrorFacts;
  /** Address of the node that it is about, where an end has several. */
  node?: string;
  /** Texts of its own, for an outcome that is an error of the catalogue. */
  texts?: OutcomeTexts;
};
export type Skipped = { skippedBy: string; node?: string };
export type Answer = Finding | Skipped;

/** One question of the preflight, in a file of its own. */
export type Check = {
  id: string;
  scope: CheckScope;
  /** It looks on for a while and never blocks: a run that begins does not wait for it. */
  isSlow?: true;
  outcomes: Readonly<Record<string, OutcomeTexts>>;
  /** Whether the question makes sense for this job; without it there is no row. */
  applies?: (context: CheckContext) => boolean;
  run: (context: CheckContext) => Promise<Answer | readonly Answer[]>;
};

/** What checks look at. */
export type CheckContext = {
  clock: Clock;
  job: Job;
  /** Name of the migration: its checkpoint on the target is not another's. */
  task: string;
  options: MigrationOptions;
  /** What is to be copied, and as what; null: everything as it is. */
  rules: MigrationRules | null;
  source: End;
  target: End;
  /** The folder for spool and checkpoints on this machine. */
  workDir: string;
  signal: AbortSignal;
  /** How another check ended; waits for it. */
  statusOf: (id: string) => Promise<PreflightStatus>;
};

/** Asks every server of an end. */
export async function onEachNode(end: End, ask: (node: ServerNode) => Promise<Finding>): Promise<readonly Answer[]> {
  const nodes = await end.nodes();
  return Promise.all(
    nodes.map(async (node): Promise<Answer> => {
      // Its address is known once it was asked for.
      const where = () => (nodes.length > 1 ? { node: node.name } : {});
      try {
        const finding = await ask(node);
        return { ...finding, ...where(), facts: { endpoint: node.name, ...finding.facts } };
      } catch (error) {
        if (error instanceof Prerequisite) return { skippedBy: error.check, ...where() };
        throw error;
      }
    }),
  );
}

/** The finding for an error of the catalogue: its title and fix are the texts. */
export function failure(error: FerryError, expected: string): Finding {
  const texts: OutcomeTexts = { status: 'fail', message: error.spec.title, fix: error.spec.fix };
  return { outcome: error.code, observed: error.message, expected, facts: error.facts, texts };
}

export const bothServers = ({ source, target }: CheckContext): boolean => source.isServer && target.isServer;
export const sourceServer = ({ source }: CheckContext): boolean => source.isServer;
export const targetServer = ({ target }: CheckContext): boolean => target.isServer;
/** Rules look at values and the source is followed: keys that change are read from it one by one. */
export const followsValues = ({ job, rules, source, target }: CheckContext): boolean =>
  job.mode === 'sync' && rules?.hasValues === true && source.isServer && !target.isFile;
/** The source is followed by its replication stream, not read by SCAN. */
export const byStream = (context: CheckContext): boolean => context.source.isServer && !context.source.isScan;
