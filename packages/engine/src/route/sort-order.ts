/** SORT as a source has replicated it: always with a destination. */
export type SortSpec = {
  key: Buffer;
  by: Buffer | null;
  gets: Buffer[];
  isAlpha: boolean;
  isDescending: boolean;
  limit: readonly [offset: number, count: number] | null;
};

const star = 0x2a;
const words = { by: 1, get: 1, limit: 2, store: 1 } as const;

/** Reads the arguments of SORT. */
export function parseSort(argv: readonly Buffer[]): SortSpec {
  const spec: SortSpec = {
    key: argv[1] as Buffer,
    by: null,
    gets: [],
    isAlpha: false,
    isDescending: false,
    limit: null,
  };
  for (let at = 2; at < argv.length; at++) {
    const word = String(argv[at]).toLowerCase();
    const value = argv[at + 1] as Buffer;
    if (word === 'by') spec.by = value;
    if (word === 'get') spec.gets.push(value);
    if (word === 'limit') spec.limit = [Number(String(value)), Number(String(argv[at + 2]))];
    if (word === 'alpha') spec.isAlpha = true;
    if (word === 'desc' || word === 'asc') spec.isDescending = word === 'desc';
    if (word in words) at += words[word as keyof typeof words];
  }
  return spec;
}

/** Whether it reads keys that are named by the elements: a cluster does not run it, wherever they lie. */
export function readsByPattern(argv: readonly Buffer[]): boolean {
  const { by, gets } = parseSort(argv);
  return [by, ...gets].some((pattern) => pattern?.includes(star) === true);
}

/** The key, and the field of a hash, that a pattern names for an element; null when it names none. */
export function lookedUp(pattern: Buffer, element: Buffer): { key: Buffer; field: Buffer | null } | null {
  const at = pattern.indexOf(star);
  if (at < 0) return null;
  const arrow = pattern.indexOf('->', at + 1);
  const end = arrow >= 0 && arrow + 2 < pattern.length ? arrow : pattern.length;
  const key = Buffer.concat([pattern.subarray(0, at), element, pattern.subarray(at + 1, end)]);
  return { key, field: end === arrow ? pattern.subarray(arrow + 2) : null };
}

/** An element, and what BY names for it; null: nothing. */
export type Weighed = { element: Buffer; weight: Buffer | null };

/**
 * The elements in the order in which the source has stored them; null where that cannot be told, because different
 * elements weigh the same.
 *
 * Spec: redis sort.c, sortCompare and sortCommandGeneric with STORE.
 */
export function inOrder(found: readonly Weighed[], spec: SortSpec, type: string): Buffer[] | null {
  const isUnsorted = spec.by !== null && !spec.by.includes(star) && type !== 'set';
  // Elements of a sorted set come in its order, which DESC turns round.
  if (isUnsorted) {
    const elements = found.map(({ element }) => element);
    return cut(type === 'zset' && spec.isDescending ? elements.reverse() : elements, spec);
  }
  const compare = comparison(spec, type);
  const sorted = [...found].sort(compare);
  const isTied = sorted.some((one, index) => {
    const next = sorted[index + 1];
    return next !== undefined && compare(one, next) === 0 && !one.element.equals(next.element);
  });
  if (isTied) return null;
  const elements = sorted.map(({ element }) => element);
  return cut(spec.isDescending ? elements.reverse() : elements, spec);
}

function comparison({ by, isAlpha }: SortSpec, type: string): (a: Weighed, b: Weighed) => number {
  // A set that is not to be sorted is, so that all replicas store the same.
  const isForced = by !== null && !by.includes(star) && type === 'set';
  const isBy = by !== null && !isForced;
  if (!isAlpha && !isForced)
    return (a, b) => {
      const [left, right] = [a, b].map(({ element, weight }) => toNumber(isBy ? weight : element)) as [number, number];
      return left === right ? Buffer.compare(a.element, b.element) : left < right ? -1 : 1;
    };
  if (!isBy) return (a, b) => Buffer.compare(a.element, b.element);
  return ({ weight: a }, { weight: b }) => {
    if (a !== null && b !== null) return Buffer.compare(a, b);
    return Number(a !== null) - Number(b !== null);
  };
}

function cut(elements: Buffer[], { limit }: SortSpec): Buffer[] {
  if (!limit) return elements;
  const [offset, count] = limit;
  const start = Math.max(0, offset);
  return count < 0 ? elements.slice(start) : elements.slice(start, start + count);
}

function toNumber(text: Buffer | null): number {
  const word = text === null ? '0' : String(text).trim();
  const infinite = /^([+-]?)inf(inity)?$/i.exec(word);
  if (infinite) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(word);
}
