import { describe, expect, test } from 'vitest';
import { emptyDraft, emptyEnd } from './draft.ts';
import { endFaults, isStepDone, optionFaults } from './draft-faults.ts';
import { endFromUrl, markOf, optionsOf, refOf, suggestedName, urlOf } from './draft-input.ts';

const end = { ...emptyEnd, host: '10.0.0.5' };

describe('an end of the draft', () => {
  test.each([
    ['host and port', end, 'redis://10.0.0.5:6379'],
    ['a database and a user', { ...end, db: 3, user: 'ferry' }, 'redis://ferry@10.0.0.5:6379/3'],
    ['IPv6', { ...end, host: '[fe80::1]' }, 'redis://[fe80::1]:6379'],
    ['TLS', { ...end, isTls: true }, 'rediss://10.0.0.5:6379'],
    ['TLS with a CA', { ...end, isTls: true, ca: '/etc/ca.pem' }, 'rediss://10.0.0.5:6379?ca=%2Fetc%2Fca.pem'],
    ['another kind', { ...end, url: 'redis+cluster://a:1' }, 'redis+cluster://a:1'],
    ['nothing', emptyEnd, undefined],
  ])('%s become an address', (_, fields, url) => expect(urlOf(fields)).toBe(url));

  test('a pasted URL fills the fields and takes the password out', () => {
    const { end: filled, password } = endFromUrl('rediss://app:s%40crt@cache.example:6380/2?ca=/ca.pem');
    expect(filled).toMatchObject({
      host: 'cache.example',
      port: 6380,
      db: 2,
      user: 'app',
      isTls: true,
      ca: '/ca.pem',
      hasPassword: true,
    });
    expect(password).toBe('s@crt');
    expect(JSON.stringify(filled)).not.toContain('crt');
  });

  test('a pasted URL of another kind is kept whole, without its password', () => {
    const { end: filled, password } = endFromUrl('redis+cluster://:canary@a:1,b:2');
    expect(password).toBe('canary');
    expect(filled.url).toBe('redis+cluster://a:1,b:2');
  });

  test('what is written and read again is the same', () => {
    const url = 'rediss://app@cache.example:6380/2?ca=%2Fca.pem&cert=%2Fc.pem&key=%2Fk.pem';
    expect(urlOf(endFromUrl(url).end)).toBe(url);
  });

  test('the password goes beside the address', () =>
    expect(refOf(end, 'canary')).toEqual({ url: 'redis://10.0.0.5:6379', password: 'canary' }));

  test.each([
    ['no host', emptyEnd, '', ['host missing']],
    ['a host with a space', { ...end, host: 'a b' }, '', ['host host']],
    ['a port that is none', { ...end, port: 0 }, '', ['port port']],
    ['a certificate without its key', { ...end, isTls: true, cert: '/c.pem' }, '', ['key pair']],
    ['a password that a reload has forgotten', { ...end, hasPassword: true }, '', ['password again']],
    ['a password that is there', { ...end, hasPassword: true }, 'x', []],
    ['no saved endpoint chosen', { ...end, how: 'saved' as const }, '', ['endpointId choose']],
    ['IPv6 without brackets', { ...end, host: 'fe80::1' }, '', []],
  ])('%s', (_, fields, password, faults) =>
    expect(endFaults(fields, password).map(({ field, reason }) => `${field} ${reason}`)).toEqual(faults),
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
});

test('a step is done when nothing of it is missing', () => {
  const secrets = { source: '', target: '' };
  expect(isStepDone('source', emptyDraft, secrets)).toBe(false);
  expect(isStepDone('source', { ...emptyDraft, source: end }, secrets)).toBe(true);
  expect(isStepDone('preflight', { ...emptyDraft, machineId: 'm' }, secrets)).toBe(false);
});

test('a suggested name shows no user', () =>
  expect(suggestedName('redis://me@a:1', 'rediss://b:2/3')).toBe('a:1 → b:2/3'));
