import { type RegexNode, setOf } from '@cacheferry/contract';

const anyByte = setOf([], true);

/**
 * A glob of keys as a pattern that must match the whole key, byte by byte, as the servers match it.
 *
 * Spec: redis util.c, stringmatchlen: `*`, `?`, `[abc]`, `[^a]`, `[a-z]`, `\x`; what is not closed goes to the end.
 */
export function parseGlob(text: string): RegexNode {
  const glob = Buffer.from(text);
  const nodes: RegexNode[] = [{ kind: 'start' }];
  for (let at = 0; at < glob.length; ) {
    const byte = glob[at] as number;
    if (byte === 0x2a) {
      if (glob[at - 1] !== 0x2a || nodes.at(-1)?.kind !== 'repeat')
        nodes.push({ kind: 'repeat', node: { kind: 'set', set: anyByte }, min: 0, max: Number.POSITIVE_INFINITY });
      at++;
    } else if (byte === 0x3f) {
      nodes.push({ kind: 'set', set: anyByte });
      at++;
    } else if (byte === 0x5b) {
      const { set, end } = readClass(glob, at + 1);
      nodes.push({ kind: 'set', set });
      at = end;
    } else {
      const isEscape = byte === 0x5c && at + 1 < glob.length;
      nodes.push({ kind: 'set', set: setOf([glob[isEscape ? at + 1 : at] as number]) });
      at += isEscape ? 2 : 1;
    }
  }
  return { kind: 'all', nodes: [...nodes, { kind: 'end' }] };
}

/** The bytes that a glob wants at its beginning, when it wants nothing more (`user:*`); `null` for any other glob. */
export function prefixOfGlob(text: string): Buffer | null {
  return /^[^*?[\\]*\*$/.test(text) ? Buffer.from(text.slice(0, -1)) : null;
}

function readClass(glob: Buffer, from: number): { set: Uint8Array; end: number } {
  const isNegated = glob[from] === 0x5e;
  const bytes: number[] = [];
  let at = isNegated ? from + 1 : from;
  for (; at < glob.length && glob[at] !== 0x5d; at++) {
    const byte = glob[at] as number;
    if (byte === 0x5c && at + 1 < glob.length) bytes.push(glob[++at] as number);
    else if (glob[at + 1] === 0x2d && at + 2 < glob.length) {
      const [low, high] = [byte, glob[at + 2] as number].sort((a, b) => a - b) as [number, number];
      for (let one = low; one <= high; one++) bytes.push(one);
      at += 2;
    } else bytes.push(byte);
  }
  return { set: setOf(bytes, isNegated), end: Math.min(at + 1, glob.length) };
}
