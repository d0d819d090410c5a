/** Whether bytes are that word in any case; `word` is given in lower case. */
export function isWord(bytes: Uint8Array | undefined, word: string): boolean {
  if (bytes === undefined || bytes.length !== word.length) return false;
  for (let at = 0; at < word.length; at++) {
    const byte = bytes[at] as number;
    if ((byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte) !== word.charCodeAt(at)) return false;
  }
  return true;
}

/** A whole number of at most nine digits without a sign; -1 for anything else. */
export function readCount(bytes: Uint8Array | undefined): number {
  if (bytes === undefined || bytes.length === 0 || bytes.length > 9) return -1;
  let value = 0;
  for (let at = 0; at < bytes.length; at++) {
    const digit = (bytes[at] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
