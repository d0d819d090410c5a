import type { CommandSpec } from './command-spec.ts';

export type CommandName = string | Uint8Array;

/** Commands by name, in any case, looked up by their bytes: no string is made on the way. */
export class CommandTable {
  readonly #byHash = new Map<number, Entry[]>();

  add(spec: CommandSpec): void {
    const bytes = new TextEncoder().encode(spec.name);
    const hash = hashOf(bytes, seed);
    const entries = this.#byHash.get(hash)?.filter((entry) => entry.spec.name !== spec.name) ?? [];
    this.#byHash.set(hash, [...entries, { bytes, spec }]);
  }

  /** The command, or with `subcommand` that part of a container. `undefined` when nobody knows it. */
  lookup(name: CommandName, subcommand?: CommandName): CommandSpec | undefined {
    let hash = hashOf(name, seed);
    if (subcommand !== undefined) hash = hashOf(subcommand, mix(hash, bar));
    const entries = this.#byHash.get(hash);
    if (entries === undefined) return undefined;
    for (const { bytes, spec } of entries) if (isNamed(bytes, name, subcommand)) return spec;
    return undefined;
  }
}

type Entry = { bytes: Uint8Array; spec: CommandSpec };

const bar = 0x7c;
const seed = 7;
const mix = (hash: number, byte: number): number => (Math.imul(hash, 31) + byte) | 0;
const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte);

function hashOf(name: CommandName, start: number): number {
  let hash = start;
  if (typeof name === 'string') for (let at = 0; at < name.length; at++) hash = mix(hash, lower(name.charCodeAt(at)));
  else for (let at = 0; at < name.length; at++) hash = mix(hash, lower(name[at] as number));
  return hash;
}

function isNamed(bytes: Uint8Array, name: CommandName, subcommand: CommandName | undefined): boolean {
  const length = name.length + (subcommand === undefined ? 0 : 1 + subcommand.length);
  if (bytes.length !== length || !isSame(bytes, 0, name)) return false;
  return subcommand === undefined || (bytes[name.length] === bar && isSame(bytes, name.length + 1, subcommand));
}

function isSame(bytes: Uint8Array, from: number, name: CommandName): boolean {
  for (let at = 0; at < name.length; at++) {
    const byte = typeof name === 'string' ? name.charCodeAt(at) : (name[at] as number);
    if (bytes[from + at] !== lower(byte)) return false;
  }
  return true;
}
