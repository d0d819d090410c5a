import { Job, MigrationOptions, parseEndpointUrl, type PreflightRow } from '@cacheferry/contract';
import { FerryError, systemClock } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import type { Check } from './check.ts';
import { End } from './end.ts';
import { Prerequisite } from './prerequisite.ts';
import { runChecks } from './run-checks.ts';

const job = Job.parse({ version: 1, source: { url: 'rdb:/a' }, target: { url: 'rdb:/b' } });
const outcomes: Check['outcomes'] = {
  good: { status: 'pass', message: 'All {what} well' },
  poor: { status: 'warn', message: 'Not so well', fix: 'Do {what}', command: 'run {what}' },
  bad: { status: 'fail', message: 'Bad', overridable: true },
};
const check = (id: string, run: Check['run'], more: Partial<Check> = {}): Check => ({
  id,
  scope: 'source',
  outcomes,
  run,
  ...more,
});

async function rowsOf(
  checks: readonly Check[],
  limits = { perCheckMs: 200, totalMs: 1_000 },
  signal = new AbortController().signal,
) {
  const seen: PreflightRow[] = [];
  const openTopology = () => Promise.reject(new Error('not asked'));
  const end = (role: 'source' | 'target') => new End(role, parseEndpointUrl('rdb:/a'), { openTopology, signal });
  const base = {
    clock: systemClock,
    job,
    task: 't',
    options: MigrationOptions.parse({}),
    rules: null,
    workDir: '.',
    signal,
  };
  const rows = await runChecks(
    checks,
    { ...base, source: end('source'), target: end('target') },
    (row) => seen.push(row),
    limits,
  );
  return { rows, seen };
}

describe('the rows', () => {
  test('hold the texts of the outcome with the facts in them', async () => {
    const { rows } = await rowsOf([
      check('a', async () => ({ outcome: 'poor', observed: '1', expected: '2', facts: { what: 'this' } })),
    ]);
    expect(rows).toEqual([
      {
        id: 'a',
        scope: 'source',
        status: 'warn',
        observed: '1',
        expected: '2',
        message: 'Not so well',
        fix: 'Do this',
        command: 'run this',
        overridable: true,
        code: 'poor',
        facts: { what: 'this' },
      },
    ]);
  });

  test('come as soon as they are known and are returned in the order of the table', async () => {
    const slow = check('slow', async () => {
      await systemClock.sleep(30);
      return { outcome: 'good', observed: '' };
    });
    const { rows, seen } = await rowsOf([slow, check('quick', async () => ({ outcome: 'good', observed: '' }))]);
    expect(seen.map(({ id }) => id)).toEqual(['quick', 'slow']);
    expect(rows.map(({ id }) => id)).toEqual(['slow', 'quick']);
  });

  test('of several nodes are one when all are well, and else one for each that is not', async () => {
    const node = (outcome: string, name: string) => ({ outcome, observed: '', node: name });
    const well = check('well', async () => [node('good', 'a:1'), node('good', 'b:1')]);
    const mixed = check('mixed', async () => [
      node('good', 'a:1'),
      node('bad', 'b:1'),
      { skippedBy: 'net.source', node: 'c:1' },
    ]);
    const { rows } = await rowsOf([well, mixed]);
    expect(rows.map(({ id, scope, status }) => `${id} ${scope} ${status}`)).toEqual([
      'well source pass',
      'mixed b:1 fail',
      'mixed c:1 skipped',
    ]);
  });

  test('are missing for a question that does not apply', async () => {
    const { rows } = await rowsOf([
      check('a', async () => ({ outcome: 'good', observed: '' }), { applies: () => false }),
    ]);
    expect(rows).toEqual([]);
  });
});

describe('a check', () => {
  test('whose prerequisite does not hold is skipped and names it', async () => {
    const { rows } = await rowsOf([check('a', () => Promise.reject(new Prerequisite('net.source')))]);
    expect(rows[0]).toMatchObject({ status: 'skipped', facts: { prerequisite: 'net.source' }, overridable: false });
  });

  test('that breaks is an error with its code, and the others go on', async () => {
    const broken = check('a', () => Promise.reject(new FerryError('endpoint.link_lost', { endpoint: 'h:1' })));
    const odd = check('b', () => Promise.reject(new TypeError('x')));
    const { rows } = await rowsOf([broken, odd, check('c', async () => ({ outcome: 'good', observed: '' }))]);
    expect(rows.map(({ status, code }) => `${status} ${code}`)).toEqual([
      'error endpoint.link_lost',
      'error internal.unexpected',
      'pass good',
    ]);
  });

  test('that never ends is an error after its time', async () => {
    const { rows } = await rowsOf([check('a', () => new Promise(() => {}))], { perCheckMs: 30, totalMs: 1_000 });
    expect(rows[0]).toMatchObject({ status: 'error', code: 'preflight.timed_out', facts: { check: 'a' } });
  });

  test('is ended by the limit of the whole too', async () => {
    const { rows } = await rowsOf([check('a', () => new Promise(() => {}))], { perCheckMs: 60_000, totalMs: 30 });
    expect(rows[0]).toMatchObject({ status: 'error', code: 'preflight.timed_out' });
  });

  test('can wait for another one, whichever stands first', async () => {
    const asker = check('a', async ({ statusOf }) => ({
      outcome: (await statusOf('b')) === 'fail' ? 'poor' : 'good',
      observed: '',
    }));
    const { rows } = await rowsOf([asker, check('b', async () => ({ outcome: 'bad', observed: '' }))]);
    expect(rows.map(({ status }) => status)).toEqual(['warn', 'fail']);
  });
});

test('a stop of the user ends everything with its reason', async () => {
  const controller = new AbortController();
  const asked = rowsOf([check('a', () => new Promise(() => {}))], undefined, controller.signal);
  controller.abort(new FerryError('migration.stopped'));
  await expect(asked).rejects.toMatchObject({ code: 'migration.stopped' });
});
