import { describe, expect, test } from 'vitest';
import { toCommandSpec } from './command-spec.ts';
import { CommandTable } from './command-table.ts';

const spec = (name: string) => toCommandSpec({ name, arity: 2, group: 'x', flags: [] });

describe('the command table', () => {
  const table = new CommandTable();
  for (const name of ['get', 'getset', 'xgroup', 'xgroup|create', 'restore-asking', 'eval_ro']) table.add(spec(name));

  test.each(['get', 'GET', 'gEt', 'restore-asking', 'RESTORE-ASKING', 'EVAL_RO'])('finds %s', (name) => {
    expect(table.lookup(name)?.name).toBe(name.toLowerCase());
    expect(table.lookup(Buffer.from(name))?.name).toBe(name.toLowerCase());
  });

  test('finds a subcommand by its two parts', () => {
    expect(table.lookup(Buffer.from('XGROUP'), Buffer.from('Create'))?.name).toBe('xgroup|create');
    expect(table.lookup('xgroup', 'destroy')).toBeUndefined();
  });

  test.each(['', 'ge', 'gets', 'g\0t', 'ge\u0174', 'restore\rasking', 'RESTORE_ASKING', 'eval?ro'])(
    'knows no command %j',
    (name) => {
      expect(table.lookup(name)).toBeUndefined();
      expect(table.lookup(Buffer.from(name))).toBeUndefined();
    },
  );

  test('replaces a command that is added again', () => {
    table.add({ ...spec('get'), group: 'other' });
    expect(table.lookup('get')?.group).toBe('other');
  });
});
