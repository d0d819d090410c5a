import { classEscape, escapedByte } from './regex-escapes.ts';
import { RuleFault } from './rule-fault.ts';

/** What a pattern says, over bytes. A set is a table of 256 flags. */
export type RegexNode =
  | { kind: 'set'; set: Uint8Array }
  | { kind: 'all'; nodes: readonly RegexNode[] }
  | { kind: 'any'; nodes: readonly RegexNode[] }
  | { kind: 'repeat'; node: RegexNode; min: number; max: number }
  | { kind: 'start' }
  | { kind: 'end' };

/** A pattern that grows beyond so many steps, by its counted repetitions, is refused. */
const maxSteps = 4_000;
const maxRepeat = 1_000;

/**
 * Reads a regular expression of the subset that is matched in linear time: characters, `.`, classes, `\d \w \s`, groups,
 * `|`, `* + ? {n,m}`, `^`, `$`, and `(?i)` at the beginning. It matches bytes, anywhere in a key unless it is anchored.
 *
 * Throws `RuleFault` for what is not in it: look-around, back references, word boundaries.
 */
export function parseRegex(text: string): RegexNode {
  const isCaseless = text.startsWith('(?i)');
  const reader = new RegexReader(isCaseless ? text.slice(4) : text, isCaseless);
  const node = reader.read();
  if (stepsOf(node) > maxSteps) throw new RuleFault('the regular expression is too large; shorten its repetitions');
  return node;
}

/** How many steps of a machine a node takes. */
export function stepsOf(node: RegexNode): number {
  switch (node.kind) {
    case 'all':
    case 'any':
      return node.nodes.reduce((sum, one) => sum + stepsOf(one) + 1, 0);
    case 'repeat':
      return (stepsOf(node.node) + 1) * Math.max(1, Number.isFinite(node.max) ? node.max : node.min + 1);
    default:
      return 1;
  }
}

/** A set of single bytes. */
export function setOf(bytes: Iterable<number>, isNegated = false): Uint8Array {
  const set = new Uint8Array(256).fill(isNegated ? 1 : 0);
  for (const byte of bytes) set[byte] = isNegated ? 0 : 1;
  return set;
}

class RegexReader {
  readonly #text: string;
  readonly #isCaseless: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string, isCaseless: boolean) {
    this.#text = text;
    this.#isCaseless = isCaseless;
  }

  read(): RegexNode {
    const node = this.#choice();
    if (this.#at < this.#text.length) throw new RuleFault('the regular expression has a ) without its (');
    return node;
  }

  #choice(): RegexNode {
    const nodes = [this.#sequence()];
    while (this.#take('|')) nodes.push(this.#sequence());
    return nodes.length === 1 ? (nodes[0] as RegexNode) : { kind: 'any', nodes };
  }

  #sequence(): RegexNode {
    const nodes: RegexNode[] = [];
    while (this.#at < this.#text.length && this.#peek !== '|' && this.#peek !== ')') nodes.push(this.#repeated());
    return { kind: 'all', nodes };
  }

  #repeated(): RegexNode {
    const node = this.#atom();
    const range = this.#range();
    if (!range) return node;
    this.#take('?');
    if (this.#range()) throw new RuleFault('the regular expression repeats a repetition');
    return { kind: 'repeat', node, ...range };
  }

  #range(): { min: number; max: number } | null {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    const counted = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#text.slice(this.#at));
    if (!counted) return null;
    this.#at += counted[0].length;
    const min = Number(counted[1]);
    const max = counted[2] === undefined ? min : counted[3] === '' ? Number.POSITIVE_INFINITY : Number(counted[3]);
    if (max < min || min > maxRepeat || (Number.isFinite(max) && max > maxRepeat))
      throw new RuleFault(`the regular expression has a repetition ${counted[0]}; at most ${maxRepeat} are allowed`);
    return { min, max };
  }

  #atom(): RegexNode {
    const char = this.#next();
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', set: this.#class() };
      case '.':
        return { kind: 'set', set: setOf([0x0a], true) };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'set', set: this.#escape() };
      case '*':
      case '+':
      case '?':
        throw new RuleFault(`the regular expression has a ${char} with nothing before it`);
      default:
        return this.#literal(char);
    }
  }

  #group(): RegexNode {
    if (this.#peek === '?' && !this.#text.startsWith('?:', this.#at))
      throw new RuleFault('the regular expression looks around or names a group, which is not understood; use (…)');
    if (this.#take('?')) this.#take(':');
    if (++this.#depth > 50) throw new RuleFault('the regular expression has groups in more than 50 levels');
    const node = this.#choice();
    this.#depth--;
    if (!this.#take(')')) throw new RuleFault('the regular expression has a ( without its )');
    return node;
  }

  #literal(char: string): RegexNode {
    const bytes = [...new TextEncoder().encode(char)];
    const nodes = bytes.map((byte): RegexNode => ({ kind: 'set', set: this.#folded(setOf([byte])) }));
    return nodes.length === 1 ? (nodes[0] as RegexNode) : { kind: 'all', nodes };
  }

  #escape(): Uint8Array {
    const set = classEscape(this.#peek);
    if (set) {
      this.#at++;
      return set;
    }
    return this.#folded(setOf([this.#escapedByte()]));
  }

  #escapedByte(): number {
    const { byte, length } = escapedByte(this.#text.slice(this.#at));
    this.#at += length;
    return byte;
  }

  #class(): Uint8Array {
    const isNegated = this.#take('^');
    const set = new Uint8Array(256);
    for (let first = true; first || this.#peek !== ']'; first = false) {
      if (this.#at >= this.#text.length) throw new RuleFault('the regular expression has a [ without its ]');
      this.#classPart(set);
    }
    this.#at++;
    const folded = this.#folded(set);
    return isNegated ? folded.map((flag) => 1 - flag) : folded;
  }

  #classPart(set: Uint8Array): void {
    if (this.#peek === '\\') {
      const wide = classEscape(this.#text[this.#at + 1] ?? '');
      if (wide) {
        this.#at += 2;
        wide.forEach((flag, byte) => {
          if (flag) set[byte] = 1;
        });
        return;
      }
    }
    const low = this.#classByte();
    const isRange = this.#peek === '-' && this.#text[this.#at + 1] !== ']' && this.#at + 1 < this.#text.length;
    if (isRange) this.#at++;
    const high = isRange ? this.#classByte() : low;
    if (high < low) throw new RuleFault('the regular expression has a range in […] that runs backwards');
    for (let byte = low; byte <= high; byte++) set[byte] = 1;
  }

  #classByte(): number {
    const char = this.#next();
    if (char === '\\') return this.#escapedByte();
    const code = char.codePointAt(0) as number;
    if (code > 0x7f)
      throw new RuleFault('the regular expression has a […] with other characters than ASCII; use (a|b)');
    return code;
  }

  #folded(set: Uint8Array): Uint8Array {
    if (!this.#isCaseless) return set;
    for (let upper = 0x41; upper <= 0x5a; upper++) {
      const both = set[upper] || set[upper | 0x20] ? 1 : 0;
      set[upper] = both;
      set[upper | 0x20] = both;
    }
    return set;
  }

  get #peek(): string {
    return this.#text[this.#at] ?? '';
  }

  #next(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    this.#at += char.length;
    return char;
  }

  #take(char: string): boolean {
    if (this.#peek !== char) return false;
    this.#at++;
    return true;
  }
}
