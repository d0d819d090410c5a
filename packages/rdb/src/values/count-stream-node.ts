import { countListpack, listpackInteger, listpackNext } from './count-packed.ts';

const hasMasterFields = 2;

/**
 * Elements of a node of a stream in `bytes[start, end)`, which is a listpack; −1 when it, or what its entries say of
 * themselves, contradicts itself.
 *
 * Spec: redis t_stream.c, streamValidateListpackIntegrity.
 */
export function countStreamNode(bytes: Uint8Array, start: number, end: number): number {
  const count = countListpack(bytes, start, end);
  return count >= 0 && node.open(bytes, start, count).isWhole() ? count : -1;
}

/** Goes over the elements of a sound listpack. A number that is none is NaN. */
class NodeWalk {
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #left = 0;

  open(bytes: Uint8Array, start: number, count: number): this {
    this.#bytes = bytes;
    this.#at = start + 6;
    this.#left = count;
    return this;
  }

  isWhole(): boolean {
    const live = this.#number();
    const deleted = this.#number();
    const fields = this.#number();
    if (!(live >= 0 && deleted >= 0) || !this.#skip(fields) || this.#number() !== 0) return false;
    for (let i = live + deleted; i > 0; i--) if (!this.#isEntryWhole(fields)) return false;
    return this.#left === 0;
  }

  #isEntryWhole(masterFields: number): boolean {
    const flags = this.#number();
    const difference = this.#number() + this.#number();
    if (!(flags >= 0) || Number.isNaN(difference)) return false;
    const isAlike = (flags & hasMasterFields) !== 0;
    const fields = isAlike ? masterFields : this.#number();
    return this.#skip(isAlike ? fields : fields * 2) && this.#number() === (isAlike ? fields + 3 : fields * 2 + 4);
  }

  #skip(elements: number): boolean {
    if (!(elements >= 0) || elements > this.#left) return false;
    for (let i = 0; i < elements; i++) this.#at = listpackNext(this.#bytes, this.#at);
    this.#left -= elements;
    return true;
  }

  #number(): number {
    if (this.#left === 0) return Number.NaN;
    const at = this.#at;
    this.#skip(1);
    return integerAt(this.#bytes, at);
  }
}

const node = new NodeWalk();

function integerAt(b: Uint8Array, at: number): number {
  const first = b[at] as number;
  return first >= 0x80 && first < 0xc0 ? textAt(b, at + 1, first & 0x3f) : listpackInteger(b, at);
}

/** A server takes digits for a number, though it never writes them so. */
function textAt(b: Uint8Array, start: number, length: number): number {
  let text = '';
  for (let at = start; at < start + length; at++) text += String.fromCharCode(b[at] as number);
  return /^(0|-?[1-9]\d{0,18})$/.test(text) ? Number(text) : Number.NaN;
}
