const plain = /^[\x20-\x5b\x5d-\x7e\u{a1}-\u{d7ff}\u{f900}-\u{fdcf}\u{fdf0}-\u{fffd}]$/u;
const hidden = /[\p{Cf}\p{Zl}\p{Zp}\u{2065}]/u;

/**
 * Bytes of a key or value as text for people: valid UTF-8 that can be seen stays, everything else becomes `\xNN`.
 * Control, bidi and zero-width characters are escaped, so the text can be shown in a terminal, a log or a page.
 */
export function printableKey(bytes: Uint8Array, maxBytes = 256): string {
  const cut = bytes.subarray(0, maxBytes);
  let text = '';
  for (let at = 0; at < cut.length; ) {
    const length = sequenceLength(cut, at);
    const character = length > 0 ? decode(cut.subarray(at, at + length)) : '';
    const width = character === '' ? 1 : length;
    text +=
      character !== '' && plain.test(character) && !hidden.test(character) ? character : escapeBytes(cut, at, width);
    at += width;
  }
  return bytes.length > maxBytes ? `${text}… (${bytes.length} bytes)` : text;
}

function sequenceLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const length =
    first < 0x80
      ? 1
      : first >= 0xc2 && first < 0xe0
        ? 2
        : first >= 0xe0 && first < 0xf0
          ? 3
          : first >= 0xf0 && first < 0xf5
            ? 4
            : 0;
  return at + length <= bytes.length ? length : 0;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '';
  }
}

function escapeBytes(bytes: Uint8Array, at: number, length: number): string {
  let text = '';
  for (let i = at; i < at + length; i++)
    text += bytes[i] === 0x5c ? '\\\\' : `\\x${(bytes[i] ?? 0).toString(16).padStart(2, '0')}`;
  return text;
}
