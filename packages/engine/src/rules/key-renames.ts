import { parseKeyPrefix } from '@cacheferry/contract';
import { startsWith } from './key-matcher.ts';

/** Other beginnings of keys: the first rule whose old beginning a key has. */
export class KeyRenames {
  readonly #prefixes: readonly { old: Buffer; now: Buffer }[];

  constructor(rules: readonly string[]) {
    this.#prefixes = rules
      .map(parseKeyPrefix)
      .map(({ old, now }) => ({ old: Buffer.from(old), now: Buffer.from(now) }));
  }

  get isAny(): boolean {
    return this.#prefixes.length > 0;
  }

  /** The name of a key on the target; `null` when it stays as it is. */
  rename(bytes: Uint8Array, start: number, end: number): Buffer | null {
    for (const { old, now } of this.#prefixes) {
      if (!startsWith(old, bytes, start, end)) continue;
      const renamed = Buffer.allocUnsafe(now.length + end - start - old.length);
      now.copy(renamed);
      renamed.set(bytes.subarray(start + old.length, end), now.length);
      return renamed;
    }
    return null;
  }

  /** All names on the source that become this one; several when two kinds of keys are merged. */
  origins(key: Buffer): Buffer[] {
    const found = this.#prefixes.flatMap(({ old, now }) =>
      startsWith(now, key, 0, key.length) ? [Buffer.concat([old, key.subarray(now.length)])] : [],
    );
    return [...found, key].filter((origin) => (this.rename(origin, 0, origin.length) ?? origin).equals(key));
  }
}
