import { parseRegex } from '@cacheferry/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteMatcher } from './byte-matcher.ts';
import { parseGlob } from './glob.ts';
import { matchKeys } from './key-matcher.ts';

const found = (matcher: ByteMatcher, text: string | Buffer): boolean => {
  const bytes = Buffer.concat([Buffer.from('<<'), Buffer.from(text), Buffer.from('>>')]);
  return matcher.matches(bytes, 2, bytes.length - 2);
};

describe('a regular expression', () => {
  test.each([
    ['^user:\\d+$', ['user:1', 'user:42'], ['user:', 'auser:1', 'user:1x', 'user:1\n']],
    ['cart', ['cart', 'a:cart:b'], ['car', 'CART']],
    ['(?i)^CaRt$', ['cart', 'CART'], ['carts']],
    ['^$', [''], ['a']],
    ['a{2,3}b', ['aab', 'xaaab', 'aaaab'], ['ab']],
    ['^(a|bc)+$', ['a', 'bca', 'abcbc'], ['', 'ab']],
    ['^[^a-c]*$', ['', 'xyz'], ['xay']],
    ['^\\x00\\w\\.$', ['\0a.'], ['\0a,']],
    ['^日.', ['日本'], ['本日']],
    ['x*', ['', 'a'], []],
    ['^a\\[b\\]$', ['a[b]'], ['ab']],
  ])('%s', (pattern, yes, no) => {
    const matcher = new ByteMatcher(parseRegex(pattern));
    expect(yes.filter((text) => !found(matcher, text))).toEqual([]);
    expect(no.filter((text) => found(matcher, text))).toEqual([]);
  });

  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\d', '1');
  const joined = (part: fc.Arbitrary<string>, most: number) =>
    fc
      .tuple(
        fc.array(fc.tuple(part, fc.constantFrom('', '', '*', '+', '?', '{1,2}', '{2}', '*?')), { maxLength: most }),
        fc.boolean(),
      )
      .map(([parts, isChoice]) => parts.map(([one, count]) => one + count).join(isChoice ? '|' : ''));
  const group = joined(atom, 3).map((inner) => `(${inner})`);
  const pattern = joined(fc.oneof(atom, atom, group), 4);
  const anchored = fc.tuple(fc.boolean(), pattern, fc.boolean());
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '1', 'x', '\n'), maxLength: 8 });

  test('finds what the language itself finds', () => {
    fc.assert(
      fc.property(anchored, fc.array(text, { maxLength: 6 }), ([start, inner, end], texts) => {
        const source = `${start ? '^' : ''}${inner}${end ? '$' : ''}`;
        const matcher = new ByteMatcher(parseRegex(source));
        const oracle = new RegExp(source);
        return texts.every((one) => found(matcher, one) === oracle.test(one));
      }),
      { numRuns: 500 },
    );
  });

  test('an expression that makes others try for ages is answered, and its memory stays bounded', () => {
    const matcher = new ByteMatcher(parseRegex('^(a+)+(a|a?)*[ab]{0,100}c$'));
    expect(found(matcher, 'a'.repeat(50_000))).toBe(false);
    const wide = new ByteMatcher(parseRegex('(a|b)*a(a|b){14}$'));
    const long = Buffer.from(
      Array.from({ length: 30_000 }, (_, n) => ((Math.imul(n, 2_654_435_761) >>> 13) & 1 ? 'a' : 'b')).join(''),
    );
    expect(wide.matches(long, 0, long.length)).toBe(new RegExp('a[ab]{14}$').test(long.toString()));
  });
});

/** The servers' own matching, written anew from util.c with recursion, to compare with. */
function serverGlob(p: string, s: string): boolean {
  if (p === '') return s === '';
  if (p[0] === '*') return serverGlob(p.slice(1), s) || (s !== '' && serverGlob(p, s.slice(1)));
  if (s === '') return false;
  if (p[0] === '?') return serverGlob(p.slice(1), s.slice(1));
  if (p[0] === '\\' && p.length > 1) return p[1] === s[0] && serverGlob(p.slice(2), s.slice(1));
  if (p[0] !== '[') return p[0] === s[0] && serverGlob(p.slice(1), s.slice(1));
  const { isHit, end } = serverClass(p, s[0] as string);
  return isHit && serverGlob(p.slice(end), s.slice(1));
}

function serverClass(p: string, char: string): { isHit: boolean; end: number } {
  const isNegated = p[1] === '^';
  let at = isNegated ? 2 : 1;
  let isHit = false;
  for (; at < p.length && p[at] !== ']'; at++) {
    const first = p[at] as string;
    if (first === '\\' && at + 1 < p.length) {
      at++;
      isHit ||= p[at] === char;
    } else if (p[at + 1] === '-' && at + 2 < p.length) {
      const [low, high] = [first, p[at + 2] as string].sort() as [string, string];
      isHit ||= char >= low && char <= high;
      at += 2;
    } else isHit ||= first === char;
  }
  return { isHit: isHit !== isNegated, end: at + 1 };
}

describe('a glob', () => {
  test('matches as the servers do', () => {
    const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '[', ']', '^', '-', '\\'), maxLength: 7 });
    const key = fc.string({ unit: fc.constantFrom('a', 'b', '[', ']', '-', '^', '\\'), maxLength: 5 });
    fc.assert(
      fc.property(glob, fc.array(key, { minLength: 1, maxLength: 8 }), (pattern, keys) => {
        const matcher = new ByteMatcher(parseGlob(pattern));
        return keys.every((one) => found(matcher, one) === serverGlob(pattern, one));
      }),
      { numRuns: 1_000 },
    );
  });

  test('takes bytes that are no text', () => {
    const match = matchKeys([{ kind: 'glob', pattern: 'k?*' }]);
    expect(match?.(Buffer.from([0x6b, 0xff, 0x00]), 0, 3)).toBe(true);
    expect(match?.(Buffer.from([0x6b]), 0, 1)).toBe(false);
  });
});

test('rules about names are alternatives, prefixes beside others', () => {
  const match = matchKeys([
    { kind: 'glob', pattern: 'user:*' },
    { kind: 'regex', pattern: '^cart:\\d$' },
    { kind: 'glob', pattern: 'one' },
  ]);
  const keys = ['user:', 'user', 'cart:1', 'cart:12', 'one', 'ones'];
  expect(keys.filter((key) => match?.(Buffer.from(key), 0, key.length))).toEqual(['user:', 'cart:1', 'one']);
  expect(matchKeys([{ kind: 'db', databases: [0] }])).toBeNull();
});
