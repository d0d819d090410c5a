import type { PreflightRow, PreflightStatus } from '@cacheferry/contract';
import { FerryError, fill, fillSentence, toFerryError } from '@cacheferry/kernel';
import type { Answer, Check, CheckContext, Finding } from './check.ts';
import { Prerequisite } from './prerequisite.ts';

export type CheckLimits = { perCheckMs: number; totalMs: number };
export const defaultLimits: CheckLimits = { perCheckMs: 10_000, totalMs: 60_000 };

/**
 * Asks all questions at once and hands the rows over as they come; returns them in the order of the table.
 * A question that takes too long or breaks gives a row of status `error`; the others go on.
 */
export async function runChecks(
  checks: readonly Check[],
  base: Omit<CheckContext, 'statusOf'>,
  onRow: (row: PreflightRow) => void,
  limits = defaultLimits,
): Promise<PreflightRow[]> {
  const statuses = new Map<string, Promise<PreflightStatus>>();
  const statusOf = (id: string) => statuses.get(id) ?? Promise.resolve<PreflightStatus>('pass');
  const context = { ...base, statusOf };
  const end = AbortSignal.any([base.signal, AbortSignal.timeout(limits.totalMs)]);
  const started = checks
    .filter((check) => check.applies?.(context) ?? true)
    .map((check) => {
      // The question begins a turn later, when every other one is known to `statusOf`.
      const rows = Promise.resolve().then(() => answer(check, context, { end, ms: limits.perCheckMs }));
      statuses.set(
        check.id,
        rows.then(worstOf, () => 'error'),
      );
      return rows.then((list) => {
        for (const row of list) onRow(row);
        return list;
      });
    });
  return (await Promise.all(started)).flat();
}

async function answer(
  check: Check,
  context: CheckContext,
  limit: { end: AbortSignal; ms: number },
): Promise<PreflightRow[]> {
  const stop = AbortSignal.any([limit.end, AbortSignal.timeout(limit.ms)]);
  const seconds = Math.round(limit.ms / 1_000);
  const late = new FerryError('preflight.timed_out', { check: check.id, seconds });
  try {
    const answers = await untilAborted(check.run({ ...context, signal: stop }), stop, late);
    return toRows(check, 'map' in answers ? answers : [answers as Answer]);
  } catch (error) {
    if (context.signal.aborted) throw context.signal.reason;
    return [error instanceof Prerequisite ? skipped(check, error.check) : broken(check, toFerryError(error))];
  }
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal, reason: Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** One row when all nodes give the same good answer; else a row for each that does not. */
function toRows(check: Check, answers: readonly Answer[]): PreflightRow[] {
  const rows = answers.map((one) => ('skippedBy' in one ? skipped(check, one.skippedBy, one.node) : toRow(check, one)));
  const notable = rows.filter(({ status }) => status !== 'pass');
  if (notable.length > 0) return notable;
  const [first] = rows;
  return first ? [{ ...first, scope: check.scope }] : [];
}

function toRow(check: Check, finding: Finding): PreflightRow {
  const texts = finding.texts ?? check.outcomes[finding.outcome];
  if (!texts)
    throw new FerryError('internal.unexpected', {}, new Error(`${check.id} has no outcome ${finding.outcome}`));
  const facts = finding.facts ?? {};
  return {
    id: check.id,
    scope: finding.node ?? check.scope,
    status: texts.status,
    observed: finding.observed,
    expected: finding.expected ?? '',
    message: fillSentence(texts.message, facts),
    fix: fill(texts.fix ?? '', facts),
    ...(texts.command === undefined ? {} : { command: overSocket(fill(texts.command, facts)) }),
    overridable: texts.status === 'warn' || texts.overridable === true,
    code: finding.outcome,
    facts,
  };
}

/** The command as it reaches a server behind a unix socket, whose path stands in place of a host. */
const overSocket = (command: string): string =>
  command.replace(
    /-h (\/.*?) -p 0\b/,
    (_, path: string) => `-s ${/^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`}`,
  );

function skipped(check: Check, prerequisite: string, node?: string): PreflightRow {
  return {
    id: check.id,
    scope: node ?? check.scope,
    status: 'skipped',
    observed: '',
    expected: '',
    message: `Not asked: ${prerequisite} has to pass first`,
    fix: '',
    overridable: false,
    code: 'skipped',
    facts: { prerequisite },
  };
}

function broken(check: Check, error: FerryError): PreflightRow {
  return {
    id: check.id,
    scope: check.scope,
    status: 'error',
    observed: error.detail,
    expected: '',
    message: error.message,
    fix: error.fix,
    overridable: false,
    code: error.code,
    facts: error.facts,
  };
}

const order: readonly PreflightStatus[] = ['error', 'fail', 'skipped', 'warn', 'pass'];
const worstOf = (rows: readonly PreflightRow[]): PreflightStatus =>
  order.find((status) => rows.some((row) => row.status === status)) ?? 'pass';
