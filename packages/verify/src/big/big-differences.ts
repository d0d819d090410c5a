import { createHash } from 'node:crypto';
import type { ConflictClass } from '@cacheferry/contract';
import type { Finding } from '../check-types.ts';
import { DifferenceList } from '../difference-list.ts';

/** One differing element of a value that is too big to be held. */
export type BigDifference = { class: ConflictClass; at: string; source: Buffer | null; target: Buffer | null };

const most = 100;
const shownBytes = 256;

/** The differences of one big key at one look; the first hundred are kept, which is enough to judge and to show. */
export class BigDifferences {
  readonly found: BigDifference[] = [];

  /** Enough was found: the rest need not be read. */
  get isFull(): boolean {
    return this.found.length >= most;
  }

  add(name: ConflictClass, at: string, source: Buffer | null, target: Buffer | null): void {
    if (!this.isFull) this.found.push({ class: name, at, source, target });
  }

  /** Texts that are the same at two looks when and only when the difference is: element and what both sides have. */
  ids(): Set<string> {
    return new Set(this.found.map(idOf));
  }

  /** Those that were there at an earlier look in the same way. */
  lasting(before: ReadonlySet<string>): BigDifference[] {
    return this.found.filter((difference) => before.has(idOf(difference)));
  }
}

/** A text that is the same when and only when the difference is. */
export function idOf({ class: name, at, source, target }: BigDifference): string {
  const hash = createHash('sha1').update(`${name}|${at}|`);
  for (const side of [source, target]) hash.update(side ? `${side.length}:` : 'null').update(side ?? '');
  return hash.digest('base64url');
}

/** One finding per class of some differences. */
export function findingsOf(differences: readonly BigDifference[], isFull: boolean): Finding[] {
  const classes = [...new Set(differences.map((difference) => difference.class))];
  return classes.map((name) => {
    const list = new DifferenceList();
    const own = differences.filter((difference) => difference.class === name);
    for (const { at, source, target } of own) list.add(at, cut(source), cut(target));
    const message = `${isFull ? 'At least ' : ''}${own.length} differences in a value that was compared in parts`;
    return { class: name, message, differences: list.items, truncated: isFull || list.isTruncated };
  });
}

const cut = (bytes: Buffer | null): Buffer | null => bytes?.subarray(0, shownBytes) ?? null;
