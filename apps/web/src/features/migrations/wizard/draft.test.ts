import { describe, expect, test } from 'vitest';
import { noSecrets } from '../../endpoints/address/address.ts';
import { emptyDraft, emptyEnd, modeOf } from './draft.ts';
import { endFaults, isStepDone, optionFaults } from './draft-faults.ts';
import { markOf, optionsOf, readyOf, refOf, suggestedName } from './draft-input.ts';

const end = { ...emptyEnd, host: '10.0.0.5' };
const typed = { ...noSecrets, password: 'canary' };

describe('an end of the draft', () => {
  test('the password goes beside the address', () =>
    expect(refOf(end, typed)).toEqual({ url: 'redis://10.0.0.5:6379', password: 'canary' }));
  test('an end with a fault is not sent', () => expect(refOf(emptyEnd, typed)).toBeUndefined());
  test('a secret that the kind has no place for is not sent', () =>
    expect(refOf({ ...emptyEnd, kind: 'rdb', paths: '/a.rdb' }, typed)).toEqual({ url: 'rdb:/a.rdb' }));

  test.each([
    ['a fault of its address', emptyEnd, noSecrets, ['host missing']],
    ['a password that a reload has forgotten', { ...end, hasPassword: true }, noSecrets, ['password again']],
    ['a password that is there', { ...end, hasPassword: true }, typed, []],
    ['a file needs none', { ...end, kind: 'rdb' as const, paths: '/a', hasPassword: true }, noSecrets, []],
    ['no saved endpoint chosen', { ...end, how: 'saved' as const }, noSecrets, ['endpointId choose']],
  ])('%s', (_, fields, secrets, faults) =>
    expect(endFaults(fields, secrets).map(({ field, reason }) => `${field} ${reason}`)).toEqual(faults),
  );
});

describe('options', () => {
  test('lists stand one a line', () =>
    expect(optionsOf({ ...emptyDraft, filter: 'user:*\n\n cart:* ', dbMap: '0:5' })).toMatchObject({
      filter: ['user:*', 'cart:*'],
      dbMap: ['0:5'],
    }));
  test('a line that cannot be is named', () =>
    expect(optionFaults({ ...emptyDraft, dbMap: '0:5\nx', keyPrefix: 'no colon', batch: 0 })).toEqual([
      { field: 'dbMap', line: 'x' },
      { field: 'keyPrefix', line: 'no colon' },
      { field: 'batch', line: '0' },
    ]));
  test('other rates do not make a preflight stale, another target does', () => {
    expect(markOf({ ...emptyDraft, rateKeys: 5 })).toBe(markOf(emptyDraft));
    expect(markOf({ ...emptyDraft, target: end })).not.toBe(markOf(emptyDraft));
  });
  test('a further machine makes a preflight stale, and is asked', () => {
    const draft = { ...emptyDraft, source: end, target: end, machineId: 'a', moreMachines: ['b', 'a'] };
    expect(markOf(draft)).not.toBe(markOf({ ...draft, moreMachines: [] }));
    const asked = readyOf(draft, { source: noSecrets, target: noSecrets });
    expect(asked).toMatchObject({ machineId: 'a', moreMachineIds: ['b'] });
  });
});

test.each([
  ['a server', { source: end }, 'sync'],
  ['a file', { source: { ...emptyEnd, kind: 'rdb' as const } }, 'full'],
  ['a file as target', { source: end, target: { ...emptyEnd, kind: 'rdb' as const } }, 'full'],
  ['a saved file', { source: { ...emptyEnd, how: 'saved' as const, savedKind: 'aof' as const } }, 'full'],
  [
    'a saved server, after a file was typed',
    { source: { ...emptyEnd, how: 'saved' as const, kind: 'rdb' as const } },
    'sync',
  ],
])('%s goes in the mode that it can go in', (_, ends, mode) => expect(modeOf({ ...emptyDraft, ...ends })).toBe(mode));

test('a step is done when nothing of it is missing', () => {
  const secrets = { source: noSecrets, target: noSecrets };
  expect(isStepDone('source', emptyDraft, secrets)).toBe(false);
  expect(isStepDone('source', { ...emptyDraft, source: end }, secrets)).toBe(true);
  expect(isStepDone('preflight', { ...emptyDraft, machineId: 'm' }, secrets)).toBe(false);
});

test('a suggested name shows no user', () =>
  expect(suggestedName('redis://me@a:1', 'rediss://b:2/3')).toBe('a:1 → b:2/3'));
