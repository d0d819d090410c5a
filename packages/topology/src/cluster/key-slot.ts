/** How many slots a cluster has. */
export const slotCount = 16_384;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/**
 * The slot of the key in `bytes[start, end)`.
 *
 * CRC16 (XMODEM) of the hash tag, which is what stands between the first `{` and the next `}` if that is not empty, else
 * of the whole key. Hot path: no slice, no object.
 * Spec: redis cluster.c, keyHashSlot.
 */
export function keySlot(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let from = start;
  let to = end;
  for (let at = start; at < end; at++) {
    if (bytes[at] !== 0x7b) continue;
    let close = at + 1;
    while (close < end && bytes[close] !== 0x7d) close++;
    if (close < end && close > at + 1) {
      from = at + 1;
      to = close;
    }
    break;
  }
  let crc = 0;
  for (let at = from; at < to; at++)
    crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ (bytes[at] as number)] as number);
  return crc & (slotCount - 1);
}

let tags: string[] | undefined;

/** A short text for each slot that lies in it, so that `{text}` in a key's name puts the key there. */
export function slotTag(slot: number): string {
  tags ??= makeTags();
  return tags[slot] as string;
}

function makeTags(): string[] {
  const found: string[] = [];
  for (let number = 0, left = slotCount; left > 0; number++) {
    const text = number.toString(36);
    const slot = keySlot(Buffer.from(text));
    if (found[slot] !== undefined) continue;
    found[slot] = text;
    left--;
  }
  return found;
}
