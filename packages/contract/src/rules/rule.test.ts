import { describe, expect, test } from 'vitest';
import { MigrationOptions } from '../options.ts';
import { parseKeyPrefix } from './key-prefix.ts';
import { parseRule, type Rule, ruleFault } from './rule.ts';

const rules: [string, Rule][] = [
  ['user:*', { kind: 'glob', pattern: 'user:*' }],
  ['plain', { kind: 'glob', pattern: 'plain' }],
  ['key:type:*', { kind: 'glob', pattern: 'type:*' }],
  ['regex:^a:[0-9]+$', { kind: 'regex', pattern: '^a:[0-9]+$' }],
  ['type:hash,ZSET', { kind: 'type', types: ['hash', 'zset'] }],
  ['db:0,3', { kind: 'db', databases: [0, 3] }],
  ['cmd:PUBLISH,@scripting', { kind: 'command', names: ['publish', '@scripting'] }],
  ['ttl:>3600', { kind: 'ttl', bound: { than: '>', value: 3_600_000 } }],
  ['ttl:<=500ms', { kind: 'ttl', bound: { than: '<=', value: 500 } }],
  ['ttl:>=7d', { kind: 'ttl', bound: { than: '>=', value: 604_800_000 } }],
  ['ttl:none', { kind: 'ttl', bound: null }],
  ['size:>1mb', { kind: 'size', bound: { than: '>', value: 1_048_576 } }],
  ['size:<64', { kind: 'size', bound: { than: '<', value: 64 } }],
];

describe('a rule', () => {
  test.each(rules)('%s', (text, rule) => {
    expect(parseRule(text)).toEqual(rule);
    expect(ruleFault(text)).toBeNull();
  });

  test.each([
    ['type:hsh', /there is no type hsh; the types are string, list/],
    ['type:', /nothing stands behind type:.*key:type:\*/],
    ['db:x', /x is no database/],
    ['db:0,', /"" is no database/],
    ['cmd:9', /9 is no command/],
    ['ttl:3600', /needs >, >=, < or <=/],
    ['ttl:>soon', /soon is not understood; write a time/],
    ['size:>', /the number is missing; write a size/],
    ['size:>1tb', /1tb is not understood/],
    ['regex:(a', /a \( without its \)/],
    ['regex:a)', /a \) without its \(/],
    ['regex:[a', /a \[ without its \]/],
    ['regex:*a', /a \* with nothing before it/],
    ['regex:a**', /repeats a repetition/],
    ['regex:(?=a)', /looks around/],
    ['regex:(a)\\1', /\\1, which is not understood/],
    ['regex:\\bword', /\\b, which is not understood/],
    ['regex:a{2000}', /at most 1000/],
    ['regex:((a{100}){100})', /too large/],
    ['regex:[z-a]', /runs backwards/],
    ['regex:[é]', /other characters than ASCII/],
    [`regex:${'a'.repeat(513)}`, /longer than 512/],
  ])('%s is refused with what is wrong', (text, fault) => {
    expect(ruleFault(text)).toMatch(fault);
    const parsed = MigrationOptions.safeParse({ filter: ['ok', text] });
    expect(parsed.error?.issues[0]).toMatchObject({ path: ['filter', 1], message: expect.stringMatching(fault) });
  });
});

describe('a prefix of keys', () => {
  test.each([
    ['old:new', { old: 'old', now: 'new' }],
    [':tenant1/', { old: '', now: 'tenant1/' }],
    ['tmp:', { old: 'tmp', now: '' }],
    ['a\\:b:c:d', { old: 'a:b', now: 'c:d' }],
    ['a\\\\:b', { old: 'a\\', now: 'b' }],
  ])('%s', (text, prefix) => {
    expect(parseKeyPrefix(text)).toEqual(prefix);
  });

  test.each(['same:same', 'none', 'a\\:b', ':'])('%s is refused', (text) => {
    expect(MigrationOptions.safeParse({ keyPrefix: [text] }).success).toBe(false);
  });
});
