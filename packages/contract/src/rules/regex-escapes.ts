import { RuleFault } from './rule-fault.ts';

const tables: Readonly<Record<string, RegExp>> = { d: /[0-9]/, w: /[0-9A-Za-z_]/, s: /[\t\n\v\f\r ]/ };
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, '0': 0 };

/** The bytes that `\d`, `\w`, `\s` or their opposites in upper case stand for; `null` for another letter. */
export function classEscape(letter: string): Uint8Array | null {
  const table = tables[letter.toLowerCase()];
  if (!table) return null;
  const isOpposite = letter !== letter.toLowerCase();
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    (byte < 128 && table.test(String.fromCharCode(byte))) !== isOpposite ? 1 : 0,
  );
}

/** The byte that the text behind a backslash stands for, and how many characters of it that takes. */
export function escapedByte(text: string): { byte: number; length: number } {
  const hex = /^x([0-9a-fA-F]{2})/.exec(text);
  if (hex) return { byte: Number.parseInt(hex[1] as string, 16), length: 3 };
  const letter = text[0];
  if (letter === undefined) throw new RuleFault('the regular expression ends with a \\');
  const control = controls[letter];
  if (control !== undefined) return { byte: control, length: 1 };
  const code = letter.charCodeAt(0);
  if (code > 0x7f || /[0-9A-Za-z]/.test(letter))
    throw new RuleFault(`the regular expression has a \\${letter}, which is not understood`);
  return { byte: code, length: 1 };
}
