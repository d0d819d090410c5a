import type { StoredEvent } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { expect, test } from 'vitest';
import phrases from '../../../i18n/data/phrases-zh.json';
import preflight from '../../../i18n/data/preflight-zh.json';
import problems from '../../../i18n/data/problems-zh.json';
import { phraseIn } from '../../../i18n/phrases.ts';
import { lineOf } from './line-of.ts';

const t = ((key: string, values: object = {}) => [key, ...Object.values(values)].join(' ')) as TFunction;
const chinese = { t, server: { rows: preflight, codes: problems, phrase: phraseIn(phrases) } };
const english = { t, server: { rows: undefined, codes: undefined, phrase: phraseIn({}) } };
const event = (more: object): StoredEvent =>
  ({ id: 1, at: '2026-01-01T00:00:00.000Z', runId: null, seq: 1, level: 'warn', ...more }) as StoredEvent;

const row = event({
  type: 'log',
  msg: 'The preflight warns',
  check: 'target.role',
  scope: 'target',
  outcome: 'every_write_synced',
  reason: 'h:1 syncs its append-only file at every write: the copy will be slow',
  fix: 'Sync once a second for the run.',
  facts: { endpoint: 'h:1', host: 'h', port: 1 },
});

test('a row of the preflight is said as the preflight says it', () => {
  expect(lineOf(row, english)).toMatchObject({
    message:
      'The preflight warns: h:1 syncs its append-only file at every write: the copy will be slow · Sync once a second for the run.',
    fields: 'check=target.role scope=target',
  });
  const { message } = lineOf(row, chinese);
  expect(message).toMatch(/^预检警告: h:1/);
  expect(message).not.toMatch(/copy|Sync/);
});

test('an error is said by its code and facts', () => {
  const failed = event({
    type: 'error',
    code: 'endpoint.unreachable',
    detail: 'h:1 cannot be reached: connection refused',
    fix: 'Check host, port and firewall from the machine that runs the migration.',
    facts: { endpoint: 'h:1', reason: 'connection refused' },
    fatal: false,
  });
  expect(lineOf(failed, english).message).toContain('h:1 cannot be reached: connection refused · Check host');
  expect(lineOf(failed, chinese).message).toMatch(/^endpoint\.unreachable · .*h:1.*连接被拒绝/);
});

test('states and commands are words, and one that is new is shown as it came', () => {
  const of = (more: object) => lineOf(event(more), english).message;
  expect(of({ type: 'state', from: 'draft', to: 'queued' })).toBe('log.state log.word.draft log.word.queued');
  expect(of({ type: 'ack', command: 'rate', ok: true })).toBe('log.ack log.word.rate');
  expect(of({ type: 'phase', phase: 'flying' })).toBe('log.phase flying');
});

test('an option is called as the form calls it', () => {
  const busy = event({ ...row, check: 'machine.cpu', outcome: 'busy', fix: 'Lower --connections.', facts: {} });
  expect(lineOf(busy, english).message).toContain('Lower “option.connections”.');
});
