import { expect, test } from 'vitest';
import { valueText } from './value-text.ts';

const bytes = Uint8Array.from([0, 255, 104, 105, 60, 98, 62, 10, 11, 12, 13, 14, 15, 16, 17, 18, 65]);

test.each([
  ['text', '\\x00\\xffhi<b>\\x0a\\x0b\\x0c\\x0d\\x0e\\x0f\\x10\\x11\\x12A'],
  ['base64', 'AP9oaTxiPgoLDA0ODxAREkE='],
  ['hex', `000000  00 ff 68 69 3c 62 3e 0a 0b 0c 0d 0e 0f 10 11 12  ..hi<b>.........\n000010  41${' '.repeat(45)}  A`],
] as const)('bytes as %s', (form, shown) => expect(valueText(bytes, form)).toBe(shown));
