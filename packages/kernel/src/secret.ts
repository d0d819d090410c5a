const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A password or key in memory: printing, logging or serialising it shows `[secret]`; only `reveal` opens it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return '[secret]';
  }

  toJSON(): string {
    return '[secret]';
  }

  [inspect](): string {
    return '[secret]';
  }
}
