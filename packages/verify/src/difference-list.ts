import type { Difference } from '@cacheferry/contract';

const mostDifferences = 20;
const mostBytes = 256;

/** Collects differing elements of one value: the first few whole, the rest counted. */
export class DifferenceList {
  readonly items: Difference[] = [];
  count = 0;

  add(at: string, source: Buffer | null, target: Buffer | null): void {
    this.count++;
    if (this.items.length < mostDifferences) this.items.push({ at, source: short(source), target: short(target) });
  }

  get isTruncated(): boolean {
    return this.count > this.items.length;
  }
}

const short = (bytes: Buffer | null): string | null => bytes?.subarray(0, mostBytes).toString('base64') ?? null;

/** Walks two sorted lists side by side; `both` sees pairs with the same key. */
export function walkSorted<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (x: T, y: T) => number,
  visit: { left(x: T): void; right(y: T): void; both(x: T, y: T): void },
): void {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const order = i >= a.length ? 1 : j >= b.length ? -1 : compare(a[i] as T, b[j] as T);
    if (order < 0) visit.left(a[i++] as T);
    else if (order > 0) visit.right(b[j++] as T);
    else visit.both(a[i++] as T, b[j++] as T);
  }
}

/** Pairs the elements of two collections by their names, in whatever order they come; `both` sees pairs. */
export function walkByName<T>(
  a: readonly T[],
  b: readonly T[],
  name: (element: T) => Buffer,
  visit: { left(x: T): void; right(y: T): void; both(x: T, y: T): void },
): void {
  const open = new Map<string, T>();
  for (const y of b) open.set(name(y).toString('latin1'), y);
  for (const x of a) {
    const text = name(x).toString('latin1');
    const y = open.get(text);
    if (y === undefined) visit.left(x);
    else {
      visit.both(x, y);
      open.delete(text);
    }
  }
  for (const y of open.values()) visit.right(y);
}
