import { expect, test } from 'vitest';
import { visibleText } from './visible-text.ts';

test.each([
  ['plain text stays', 'key 12 → 数据 é 😀', 'key 12 → 数据 é 😀'],
  ['ANSI is shown, not run', '\u001b[31mred', '\\x1b[31mred'],
  ['a line break does not make a second line', 'a\r\nb', 'a\\x0d\\x0ab'],
  ['bidi and zero width are seen', 'a\u202eb\u200bc\ufeff', 'a\\u{202e}b\\u{200b}c\\u{feff}'],
  ['half a surrogate is seen', 'a\ud83dz', 'a\\u{d83d}z'],
])('%s', (_, text, shown) => expect(visibleText(text)).toBe(shown));
