import { migrationLifecycle } from '@cacheferry/contract';
import { expect, test } from 'vitest';
import { actorText, changeNames, changeText } from './change-text.ts';

const t = (key: string) => `t ${key}`;

test('every change of a migration has a name', () => {
  const events = new Set(migrationLifecycle.map(({ event }) => event));
  expect([...events].filter((event) => !changeNames.some((name) => name === event))).toEqual([]);
  expect(changeText({ event: 'launch', from: 'queued' }, t)).toBe('t migrationHistory.of.launch');
  expect(changeText({ event: 'caught_up', from: 'full_sync' }, t)).toBe('t migrationHistory.of.caught_up');
  expect(changeText({ event: 'caught_up', from: 'paused' }, t)).toBe('t migrationHistory.of.resumed');
  expect(changeText({ event: 'newer', from: 'queued' }, t)).toBe('newer');
});

test('a user who is called like a part of the product stays a user', () => {
  expect(actorText({ by: 'engine', event: 'caught_up' }, t)).toBe('t migrationHistory.actor.engine');
  expect(actorText({ by: 'engine', event: 'start' }, t)).toBe('engine');
  expect(actorText({ by: 'supervisor', event: 'contact' }, t)).toBe('t migrationHistory.actor.supervisor');
  expect(actorText({ by: 'ann', event: 'start' }, t)).toBe('ann');
});
