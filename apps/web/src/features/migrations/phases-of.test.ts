import type { MigrationState } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { stepsOf } from './phases-of.ts';

const at = (second: number) => new Date(second * 1000).toISOString();
const changes = (...rows: [number, MigrationState][]) => rows.map(([second, to]) => ({ at: at(second), to }));
const brief = (...args: Parameters<typeof stepsOf>) =>
  stepsOf(...args).map(({ step, status, ms }) => `${step} ${status} ${ms === null ? '?' : ms / 1000}`);

describe('steps of a migration', () => {
  test('a draft has none behind it', () =>
    expect(brief('full', 'draft', changes([0, 'draft']), 9_000)).toEqual([
      'prepare before 0',
      'full before 0',
      'done before 0',
    ]));

  test('each step has the time that was spent in it', () => {
    const history = changes([0, 'draft'], [1, 'queued'], [2, 'starting'], [5, 'full_sync'], [65, 'incremental_sync']);
    expect(brief('sync', 'incremental_sync', history, 100_000)).toEqual([
      'prepare after 4',
      'full after 60',
      'live now 35',
      'cutover before 0',
      'done before 0',
    ]);
  });

  test('while a backlog is applied the full sync is over, at a moment that is not told', () => {
    const history = changes([0, 'queued'], [1, 'full_sync']);
    expect(brief('sync', 'catching_up', history, 100_000)).toEqual([
      'prepare after 1',
      'full after ?',
      'live now 0',
      'cutover before 0',
      'done before 0',
    ]);
  });

  test('a pause belongs to the step that was paused', () => {
    const history = changes([0, 'queued'], [1, 'full_sync'], [11, 'paused'], [31, 'full_sync']);
    expect(brief('full', 'full_sync', history, 41_000)[1]).toBe('full now 40');
  });

  test('the time between a stop and the next start belongs to no step', () => {
    const history = changes([0, 'queued'], [1, 'full_sync'], [11, 'stopped'], [100, 'queued'], [101, 'full_sync']);
    expect(brief('full', 'full_sync', history, 111_000)).toEqual(['prepare after 2', 'full now 20', 'done before 0']);
  });

  test('a failure shows where it happened', () => {
    const history = changes([0, 'queued'], [1, 'full_sync'], [11, 'failed']);
    expect(brief('sync', 'failed', history, 20_000).slice(0, 3)).toEqual([
      'prepare after 1',
      'full broken 10',
      'live before 0',
    ]);
  });

  test('a stop shows where it was asked for, and is no failure', () => {
    const history = changes([0, 'queued'], [1, 'full_sync'], [11, 'stopped']);
    expect(brief('sync', 'stopped', history, 20_000)[1]).toBe('full halted 10');
  });

  test('a migration that ended without a step, as one from a file, had none', () => {
    const history = changes([0, 'queued'], [1, 'full_sync'], [11, 'completed']);
    expect(brief('sync', 'completed', history, 999_000)).toEqual(['prepare after 1', 'full after 10', 'done after 0']);
  });

  test('after the end nothing runs on', () => {
    const history = changes([0, 'queued'], [1, 'full_sync'], [11, 'completed']);
    expect(brief('full', 'completed', history, 999_000)).toEqual(['prepare after 1', 'full after 10', 'done after 0']);
  });
});
