import { MigrationOptions, type MigrationOptionsInput, parseEndpointUrl } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { rulesOf } from '../rules/migration-rules.ts';
import { scopeCommand } from './scope-command.ts';

function scope(line: string, options: MigrationOptionsInput, db = 0, source = 'redis://s'): string | string[] {
  const rules = rulesOf(MigrationOptions.parse(options), parseEndpointUrl(source), parseEndpointUrl('redis://t'));
  if (!rules) throw new Error('there are no rules');
  const scoped = scopeCommand(
    line.split(' ').map((word) => Buffer.from(word)),
    db,
    rules,
  );
  if (typeof scoped === 'string') return scoped;
  if ('remade' in scoped) return scoped.remade.map((one) => `remake ${one.db} ${one.key}`);
  return scoped.map((words) => words.map(String).join(' '));
}

/** in… is in scope, out… is not. */
const filter = { filter: ['in*'] };
/** The same, and in… is called now… on the target. */
const renamed = { filter: ['in*'], keyPrefix: ['in:now'] };

describe('a command with several keys', () => {
  test.each<[string, string | string[], (string | string[])?]>([
    ['DEL in1 in2', 'same', ['DEL now1 now2']],
    ['DEL in1 out in2', ['DEL in1 in2'], ['DEL now1 now2']],
    ['UNLINK out1 out2', []],
    ['MSET in1 a out b in2 c', ['MSET in1 a in2 c'], ['MSET now1 a now2 c']],
    ['MSETNX out a in b', ['MSET in b'], ['MSET now b']],
    ['MSETEX 2 in1 a out b EX 10', ['MSETEX 1 in1 a EX 10'], ['MSETEX 1 now1 a EX 10']],
    ['SMOVE in1 in2 m', 'same', ['SMOVE now1 now2 m']],
    ['SMOVE in out m', ['SREM in m'], ['SREM now m']],
    ['SMOVE out in m', ['SADD in m'], ['SADD now m']],
    ['LMOVE in out LEFT RIGHT', ['LPOP in'], ['LPOP now']],
    ['LMOVE in out right LEFT', ['RPOP in'], ['RPOP now']],
    ['RPOPLPUSH in out', ['RPOP in'], ['RPOP now']],
    ['RPOPLPUSH out in', ['remake 0 in'], ['remake 0 now']],
    ['RENAME in1 in2', 'same', ['RENAME now1 now2']],
    ['RENAME in out', ['DEL in'], ['DEL now']],
    ['RENAMENX out in', ['remake 0 in'], ['remake 0 now']],
    ['COPY in1 in2 REPLACE', ['COPY in1 in2 REPLACE'], ['COPY now1 now2 REPLACE']],
    ['COPY in out', []],
    ['COPY out in', ['remake 0 in'], ['remake 0 now']],
    ['SUNIONSTORE in1 in2 in3', 'same', ['SUNIONSTORE now1 now2 now3']],
    ['SUNIONSTORE out in1 in2', []],
    ['SUNIONSTORE in1 in2 out', ['remake 0 in1'], ['remake 0 now1']],
    ['ZUNIONSTORE in1 2 in2 in3', 'same', ['ZUNIONSTORE now1 2 now2 now3']],
    ['PFMERGE in out', ['remake 0 in'], ['remake 0 now']],
    ['SORT in1 STORE in2', 'same', ['SORT now1 STORE now2']],
    ['SORT in1 BY out* STORE in2', ['remake 0 in2'], ['remake 0 now2']],
    ['SORT in1 BY nosort STORE in2', 'same', ['SORT now1 BY nosort STORE now2']],
    ['XGROUP CREATE in g 0', 'same', ['XGROUP CREATE now g 0']],
    ['XGROUP CREATE out g 0', []],
    ['EVAL code 1 in', 'same', ['EVAL code 1 now']],
    ['EVAL code 2 in out', ['remake 0 in'], ['remake 0 now']],
    ['EVAL code 0', 'partial'],
    ['EVAL code 1 out', []],
    ['MOVE in 3', ['MOVE in 3'], ['MOVE now 3']],
    ['MOVE out 3', []],
    ['SWAPDB 1 2', ['SWAPDB 1 2']],
  ])('%s', (line, filtered, withNames = filtered) => {
    expect(scope(line, filter)).toEqual(filtered);
    expect(scope(line, renamed)).toEqual(withNames);
  });
});

describe('a command about databases', () => {
  const only = { filter: ['db:0,1'] };
  test.each<[string, MigrationOptionsInput, number, string | string[]]>([
    ['MOVE k 1', only, 0, ['MOVE k 1']],
    ['MOVE k 2', only, 0, ['DEL k']],
    ['MOVE k 1', only, 2, ['remake 1 k']],
    ['MOVE k 3', only, 2, []],
    ['MOVE k 1', { dbMap: ['1:7'] }, 0, ['MOVE k 7']],
    ['MOVE k 1', { dbMap: ['*:0'] }, 0, []],
    ['COPY a b DB 1', { dbMap: ['1:7'] }, 0, ['COPY a b DB 7']],
    ['COPY a b REPLACE DB 1', { dbMap: ['1:7'] }, 0, ['COPY a b REPLACE DB 7']],
    ['COPY a b DB 2', only, 0, []],
    ['COPY a b DB 0', only, 5, ['remake 0 b']],
    ['COPY a a DB 1', { dbMap: ['*:0'] }, 0, []],
    ['SWAPDB 0 1', only, 0, ['SWAPDB 0 1']],
    ['SWAPDB 0 1', { dbMap: ['0:8', '1:9', '8:0', '9:1'] }, 0, ['SWAPDB 8 9']],
    ['SWAPDB 0 2', only, 0, 'blocked'],
    ['SWAPDB 4 5', only, 0, []],
    ['SWAPDB 0 1', { dbMap: ['*:0'] }, 0, 'blocked'],
    ['SWAPDB 0 1', { dbMap: ['0:5'] }, 0, 'blocked'],
    ['SET k v', only, 3, []],
    ['SET k v', only, 1, 'same'],
  ])('%s under %j in database %i', (line, options, db, scoped) => {
    expect(scope(line, options, db)).toEqual(scoped);
  });

  test('a database in the URL of the source is the only one in scope', () => {
    expect(scope('SET k v', {}, 3, 'redis://s/3')).toBe('same');
    expect(scope('SET k v', {}, 0, 'redis://s/3')).toEqual([]);
  });
});
