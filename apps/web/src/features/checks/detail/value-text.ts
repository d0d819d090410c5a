import { printableKey } from '@cacheferry/kernel';

export const valueForms = ['text', 'hex', 'base64'] as const;
export type ValueForm = (typeof valueForms)[number];

/** Bytes for people: escaped text, offset with hex and ASCII, or base64. */
export function valueText(bytes: Uint8Array, form: ValueForm): string {
  if (form === 'text') return printableKey(bytes, bytes.length);
  if (form === 'base64') return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) lines.push(hexLine(bytes.subarray(at, at + 16), at));
  return lines.join('\n');
}

function hexLine(bytes: Uint8Array, at: number): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  const ascii = Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${ascii}`;
}
