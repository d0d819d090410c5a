import type { Preflight, PreflightRow } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { serversKey, startGate } from './preflight-state.ts';

const row = (status: PreflightRow['status'], over: Partial<PreflightRow> = {}): PreflightRow => ({
  id: 'target.empty',
  scope: 'target',
  status,
  observed: '',
  expected: '',
  message: '',
  fix: '',
  overridable: false,
  ...over,
});
const finishedAt = '2026-01-01T00:00:00.000Z';
const soon = Date.parse(finishedAt) + 1000;
const preflight = (rows: PreflightRow[], over: Partial<Preflight> = {}) =>
  ({
    state: 'done',
    ok: rows.every(({ status }) => status === 'pass' || status === 'warn'),
    rows,
    finishedAt,
    ...over,
  }) as Preflight;

test.each([
  { name: 'without a preflight', given: undefined, read: [] as string[], now: soon, kind: 'stale' },
  {
    name: 'while it runs',
    given: preflight([row('pass')], { state: 'running', finishedAt: null, ok: false }),
    read: [] as string[],
    now: soon,
    kind: 'running',
  },
  { name: 'when all is well', given: preflight([row('pass')]), read: [] as string[], now: soon, kind: 'ready' },
  {
    name: 'when it is too old',
    given: preflight([row('pass')]),
    read: [] as string[],
    now: soon + 15 * 60_000,
    kind: 'stale',
  },
  {
    name: 'with a warning nobody read',
    given: preflight([row('warn')]),
    read: [] as string[],
    now: soon,
    kind: 'warnings',
  },
  {
    name: 'with a warning that was read',
    given: preflight([row('warn')]),
    read: ['target.empty target'] as string[],
    now: soon,
    kind: 'ready',
  },
  { name: 'with a row that failed', given: preflight([row('fail')]), read: [] as string[], now: soon, kind: 'failed' },
  {
    name: 'with a row that could not be asked',
    given: preflight([row('error')]),
    read: [] as string[],
    now: soon,
    kind: 'failed',
  },
  {
    name: 'when it broke as a whole',
    given: preflight([], { state: 'failed', ok: false }),
    read: [] as string[],
    now: soon,
    kind: 'failed',
  },
  {
    name: 'when the server says no without a row',
    given: preflight([row('pass')], { ok: false }),
    read: [] as string[],
    now: soon,
    kind: 'failed',
  },
])('$name', ({ given, read, now, kind }) => expect(startGate(given, read, now).kind).toBe(kind));

test('only rows that may be overridden can be', () => {
  const both = preflight([row('fail', { overridable: true }), row('fail')]);
  expect(startGate(both, [], soon)).toEqual({ kind: 'failed', count: 2, canOverride: false });
  const one = preflight([row('fail', { overridable: true })]);
  expect(startGate(one, [], soon)).toEqual({ kind: 'failed', count: 1, canOverride: true });
});

test('servers that nobody typed in are to be confirmed', () => {
  const members = [{ address: 'a:1' }, { address: 'b:1' }];
  const given = preflight([row('pass')], { report: { source: { members }, target: null } as never });
  expect(startGate(given, [], soon).kind).toBe('servers');
  expect(startGate(given, [serversKey], soon).kind).toBe('ready');
  const single = preflight([row('pass')], { report: { source: { members: members.slice(1) }, target: null } as never });
  expect(startGate(single, [], soon).kind).toBe('ready');
});

test('a warning of two machines is read once for each that says something of its own', () => {
  const warn = (machineId: string, message: string) => row('warn', { machineId, message });
  const machines = [{ machineId: 'a' }, { machineId: 'b' }] as Preflight['machines'];
  const differing = preflight([warn('a', 'slow'), warn('b', 'slower')], { machines });
  expect(startGate(differing, [], soon)).toEqual({ kind: 'warnings', left: 2 });
  expect(startGate(differing, ['target.empty target a'], soon)).toEqual({ kind: 'warnings', left: 1 });
  const alike = preflight([warn('a', 'slow'), warn('b', 'slow')], { machines });
  expect(startGate(alike, [], soon)).toEqual({ kind: 'warnings', left: 1 });
  expect(startGate(alike, ['target.empty target a', 'target.empty target b'], soon).kind).toBe('ready');
});

test('one machine that fails holds the start back', () => {
  const rows = [row('pass', { machineId: 'a' }), row('fail', { machineId: 'b' })];
  expect(startGate(preflight(rows), [], soon)).toEqual({ kind: 'failed', count: 1, canOverride: false });
});
