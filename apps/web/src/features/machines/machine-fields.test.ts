import { describe, expect, test } from 'vitest';
import { emptyMachine, machineFaults, splitAddress, toInput } from './machine-fields.ts';

const good = { ...emptyMachine, name: 'm-01', host: '10.0.0.9', username: 'ferry', authKind: 'agent' as const };

describe('fields of a machine', () => {
  test('an empty form names everything that is missing', () =>
    expect(machineFaults(emptyMachine).map((fault) => fault.field)).toEqual([
      'name',
      'host',
      'username',
      'privateKey',
    ]));
  test.each([
    ['a port', { port: 70_000 }, 'port'],
    ['no port', { port: '' as const }, 'port'],
    ['a public key', { authKind: 'key' as const, privateKey: 'ssh-ed25519 AAAA' }, 'privateKey'],
    ['an empty password', { authKind: 'password' as const }, 'password'],
    ['a relative folder', { workDir: 'ferry' }, 'workDir'],
    ['a label that is too long', { labels: `a, ${'b'.repeat(41)}` }, 'labels'],
  ])('%s is named', (_, patch, field) =>
    expect(machineFaults({ ...good, ...patch }).map((fault) => fault.field)).toEqual([field]),
  );
  test('what is left empty is left out', () =>
    expect(toInput(good)).toEqual({
      kind: 'ssh',
      name: 'm-01',
      host: '10.0.0.9',
      port: 22,
      username: 'ferry',
      auth: { kind: 'agent' },
    }));
  test('a pasted key gets its last line break, and Unix ones', () =>
    expect(toInput({ ...good, authKind: 'key', privateKey: 'a\r\nb' }).auth).toEqual({
      kind: 'key',
      privateKey: 'a\nb\n',
    }));
});

test.each([
  ['ferry@10.0.0.9:2222', { username: 'ferry', host: '10.0.0.9', port: 2222 }],
  ['10.0.0.9', { host: '10.0.0.9' }],
  ['ssh://ops@host.example', { username: 'ops', host: 'host.example' }],
  ['[fe80::1]:22', { host: '[fe80::1]', port: 22 }],
  ['fe80::1', { host: 'fe80::1' }],
])('%s is understood', (text, fields) => expect(splitAddress(text)).toEqual(fields));
