import type { Cursor } from './cursor.ts';
import type { Step } from './value-layout.ts';

/** The steps of a repeat that holds nothing but strings, lengths and fixed bytes: those bytes, or one of these. */
const text = -1;
const length = -2;
/** Behind every window: far, yet with room to be added to. */
const cut = 0x3fff_ffff;

/** The body of a repeat in the form `skimRounds` takes; `undefined` when it holds anything that it does not know. */
export function plainBody(steps: readonly Step[], start: number): readonly number[] | undefined {
  const body: number[] = [];
  for (let pc = start; steps[pc] !== 'end'; pc++) {
    const step = steps[pc];
    if (step === 'str') body.push(text);
    else if (step === 'len') body.push(length);
    else if (typeof step === 'number') body.push(step);
    else return undefined;
  }
  return body;
}

/**
 * Passes over as many whole rounds of a plain body as lie in the window, up to `most`, and returns their number.
 *
 * It stops before a round that is cut, packed or damaged, with the cursor there: the walk by steps knows what to do.
 */
export function skimRounds(cursor: Cursor, body: readonly number[], most: number): number {
  const { buffer, end } = cursor;
  let { at } = cursor;
  let rounds = 0;
  for (; rounds < most; rounds++) {
    let next = at;
    for (let i = 0; i < body.length; i++) {
      const step = body[i] as number;
      if (step >= 0) next += step;
      else next = next < end ? behind(buffer, next, step) : cut;
    }
    if (next > end) break;
    at = next;
  }
  cursor.at = at;
  return rounds;
}

/** Where a string or a length ends; nowhere for what is packed or damaged. */
function behind(buffer: Uint8Array, at: number, step: number): number {
  const first = buffer[at] as number;
  if (first < 0x40) return at + 1 + (step === text ? first : 0);
  if (first < 0x80) return at + 2 + (step === text ? ((first & 63) << 8) | (buffer[at + 1] as number) : 0);
  if (step === text) return first >= 0xc0 && first <= 0xc2 ? at + 1 + (1 << (first & 3)) : cut;
  return first === 0x80 ? at + 5 : first === 0x81 ? at + 9 : cut;
}
