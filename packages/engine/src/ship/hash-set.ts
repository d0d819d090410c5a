/** A set of 64-bit hashes in one block of memory: about 12 bytes each, no object per entry. */
export class HashSet {
  #slots: Uint32Array;
  #mask: number;
  #count = 0;

  constructor(expected = 1024) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 1.5)));
    this.#slots = new Uint32Array(size * 2);
    this.#mask = size - 1;
  }

  get size(): number {
    return this.#count;
  }

  add(high: number, low: number): void {
    if (this.#count * 1.4 > this.#mask) this.#grow();
    // Two zeros mark a free slot.
    const second = high === 0 && low === 0 ? 1 : low;
    const at = this.#find(high, second);
    if (this.#isAt(at, high, second)) return;
    this.#slots[at * 2] = high;
    this.#slots[at * 2 + 1] = second;
    this.#count++;
  }

  has(high: number, low: number): boolean {
    const second = high === 0 && low === 0 ? 1 : low;
    return this.#isAt(this.#find(high, second), high, second);
  }

  #find(high: number, low: number): number {
    const slots = this.#slots;
    let at = (low ^ (high >>> 7)) & this.#mask;
    while ((slots[at * 2] !== 0 || slots[at * 2 + 1] !== 0) && !this.#isAt(at, high, low)) at = (at + 1) & this.#mask;
    return at;
  }

  #isAt(at: number, high: number, low: number): boolean {
    return this.#slots[at * 2] === high && this.#slots[at * 2 + 1] === low;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    this.#mask = this.#mask * 2 + 1;
    this.#count = 0;
    for (let at = 0; at < old.length; at += 2)
      if (old[at] !== 0 || old[at + 1] !== 0) this.add(old[at] as number, old[at + 1] as number);
  }
}
