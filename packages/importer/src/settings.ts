import type { ImportNote, NoteCode } from './note.ts';

/** The settings of a foreign file by their dotted names; remembers which were carried over. */
export class Settings {
  readonly notes: ImportNote[] = [];
  readonly #values = new Map<string, unknown>();

  constructor(values: Iterable<readonly [string, unknown]>) {
    for (const [name, value] of values) this.#values.set(name, value);
  }

  /** Whether a table or a setting of that name is there. */
  has(name: string): boolean {
    return this.#values.has(name) || [...this.#values.keys()].some((one) => one.startsWith(`${name}.`));
  }

  /** Whether a setting says something; it stays to be carried. */
  says(name: string): boolean {
    return saysSomething(this.#values.get(name));
  }

  text(name: string): string {
    const value = this.#take(name);
    return value === undefined || value === null ? '' : String(value).trim();
  }

  isOn(name: string): boolean {
    return ['true', 'yes', '1', 'tls'].includes(this.text(name).toLowerCase());
  }

  list(name: string, separator = ';'): string[] {
    const value = this.#take(name);
    const items: unknown[] = Array.isArray(value) ? value : String(value ?? '').split(separator);
    return items.map((item) => String(item).trim()).filter((item) => item !== '');
  }

  /** Names a setting that has no counterpart, or another meaning here. */
  note(code: NoteCode, setting: string, facts: ImportNote['facts'] = {}): void {
    this.notes.push({ code, facts: { setting, ...facts } });
  }

  /** All notes: those that were made, and every setting that nobody asked for and that says something. */
  allNotes(): ImportNote[] {
    const left = [...this.#values].filter(([, value]) => saysSomething(value));
    const unknown = left.map(
      ([setting, value]): ImportNote => ({ code: 'no_counterpart', facts: { setting, value: shown(setting, value) } }),
    );
    return [...this.notes, ...unknown];
  }

  #take(name: string): unknown {
    const value = this.#values.get(name);
    this.#values.delete(name);
    return value;
  }
}

function saysSomething(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return !['', '0', '-1', 'false', 'undefined', 'null'].includes(String(value).trim());
}

const shown = (name: string, value: unknown): string =>
  /passw|auth|token|secret/i.test(name) ? '[secret]' : JSON.stringify(value);
