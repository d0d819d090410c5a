import { EndpointFacts, type PreflightReport, type PreflightRow } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { readTestReport } from './read-test-report.ts';

const facts = (more: Partial<EndpointFacts>): EndpointFacts =>
  EndpointFacts.parse({
    kind: 'standalone',
    product: null,
    version: null,
    role: null,
    keys: null,
    usedMemoryBytes: null,
    maxMemoryBytes: null,
    runId: null,
    databases: {},
    ...more,
  });
const unread = facts({});
const read = facts({ product: 'redis', version: '7.0.15', mode: 'standalone', keys: 3 });
const row = (id: string, code: string, more: Partial<PreflightRow> = {}): PreflightRow => ({
  id,
  scope: 'source',
  status: 'fail',
  observed: 'what was seen',
  expected: '',
  message: `about ${code}`,
  fix: 'Mend it.',
  overridable: false,
  code,
  facts: { endpoint: 'h:1' },
  ...more,
});
const report = (source: EndpointFacts | null, rows: PreflightRow[]): PreflightReport => ({
  ok: rows.length === 0,
  rows,
  source,
  target: source,
  digest: 'd',
  startedAt: '2026-01-01T00:00:00.000Z',
  finishedAt: '2026-01-01T00:00:01.000Z',
});

test.each([
  ['dns.failed', 'dns.failed'],
  ['sentinel.unknown_master', 'sentinel.unknown_master'],
  ['cluster.disabled', 'cluster.disabled'],
  ['cachecloud.refused', 'cachecloud.refused'],
  ['endpoint.tls_expected', 'endpoint.tls_expected'],
  ['announced_by_cluster', 'endpoint.unreachable'],
])('an endpoint that could not be read because of %s does not answer, and says why', (code, problem) => {
  expect(
    readTestReport(
      report(unread, [row('machine.memory', 'too_low'), row('pair.memory', 'too_small'), row('net.source', code)]),
    ),
  ).toMatchObject({
    ok: false,
    facts: null,
    problem: { code: problem, title: `about ${code}`, fix: 'Mend it.' },
  });
});

test('one that was read answers, whatever else a migration would need', () => {
  const rows = [row('source.psync', 'refused'), row('pair.same_instance', 'same'), row('target.role', 'replica')];
  expect(readTestReport(report(read, rows))).toMatchObject({ ok: true, facts: read, problem: null });
});

test('one that refuses in part does not', () => {
  const rows = [row('source.permissions', 'endpoint.no_permission')];
  expect(readTestReport(report(read, rows))).toMatchObject({ ok: false, problem: { code: 'endpoint.no_permission' } });
});

test('a sentinel was read as what it is', () => {
  const sentinel = facts({ mode: 'sentinel', masterNames: ['mymaster'] });
  expect(readTestReport(report(sentinel, [row('source.version', 'sentinel')]))).toMatchObject({ ok: true });
});

test('what neither answers nor says why is told so', () => {
  expect(readTestReport(report(unread, []))).toMatchObject({ ok: false, facts: null });
});

test('anything else is no report', () => expect(readTestReport({ rows: [] })).toBeUndefined());
