import { lookupCommand } from '@cacheferry/commands';

/** What is done with a command of the stream. */
export const commandKind = {
  /** Sent as it is. */
  forward: 0,
  /** Keeps the link alive or speaks to replicas only: counted into the offset, not sent. */
  noise: 1,
  select: 2,
  multi: 3,
  exec: 4,
  /** A message to subscribers: not data. */
  publish: 5,
  /** May carry an expiry that counts from when the source ran it. */
  expiry: 6,
  swapDb: 7,
  /** Not sent to a target: no write, but a command to the server itself. */
  refused: 8,
  /** Carries a payload that may be newer than the target reads. */
  restore: 9,
  /** Gives the expiry of its first key to its second. */
  movesExpiry: 10,
  /** May give expiries to keys that cannot be told. */
  hidesExpiry: 11,
  /** Empties databases. */
  flush: 12,
  /** Changes its first argument, a key, and makes it anew where it is missing. */
  builds: 13,
  /** Makes or changes a key of what others hold. */
  derives: 14,
  /** Changes a key's expiry and nothing else. */
  extends: 15,
  /** May take several elements off a list, in a form that the target does not know. */
  pops: 16,
  // From here on: what is about fields of a hash.
  /** Changes a field by what it was, and makes it anew where it is missing. */
  countsField: 17,
  /** Gives fields of a hash an expiry and nothing else. */
  extendsFields: 18,
  /** Writes fields of a hash, on conditions that were met. */
  setsFields: 19,
} as const;

const special: Readonly<Record<string, number>> = {
  PING: commandKind.noise,
  REPLCONF: commandKind.noise,
  OPINFO: commandKind.noise,
  CLUSTER: commandKind.noise,
  // Slots have moved on, with their keys (8.4): those of a target belong to it all the same.
  TRIMSLOTS: commandKind.noise,
  SELECT: commandKind.select,
  MULTI: commandKind.multi,
  EXEC: commandKind.exec,
  PUBLISH: commandKind.publish,
  SPUBLISH: commandKind.publish,
  SWAPDB: commandKind.swapDb,
  FLUSHALL: commandKind.flush,
  FLUSHDB: commandKind.flush,
  SCRIPT: commandKind.forward,
  FUNCTION: commandKind.forward,
  XGROUP: commandKind.derives,
  // Keeps what it counted in its key, and is replicated when it did.
  PFCOUNT: commandKind.forward,
  SET: commandKind.expiry,
  GETEX: commandKind.extends,
  SETEX: commandKind.expiry,
  PSETEX: commandKind.expiry,
  MSETEX: commandKind.expiry,
  EXPIRE: commandKind.extends,
  PEXPIRE: commandKind.extends,
  HINCRBY: commandKind.countsField,
  HSETEX: commandKind.setsFields,
  HEXPIRE: commandKind.extendsFields,
  HPEXPIRE: commandKind.extendsFields,
  EXPIREAT: commandKind.extends,
  PEXPIREAT: commandKind.extends,
  PERSIST: commandKind.expiry,
  HPEXPIREAT: commandKind.extendsFields,
  HPERSIST: commandKind.expiry,
  RESTORE: commandKind.restore,
  'RESTORE-ASKING': commandKind.restore,
  RENAME: commandKind.movesExpiry,
  RENAMENX: commandKind.movesExpiry,
  COPY: commandKind.movesExpiry,
  MOVE: commandKind.hidesExpiry,
  EVAL: commandKind.hidesExpiry,
  EVALSHA: commandKind.hidesExpiry,
  FCALL: commandKind.hidesExpiry,
};

const reading: ReadonlySet<string> = new Set(['RO', 'RW']);

type Known = { name: Buffer; kind: number };
const maxLearned = 4096;
const longestName = 64;

/** Tells the kind of a command from its name's bytes, without making a string for one that was seen before. */
export class CommandKinds {
  readonly #byHash = new Map<number, Known[]>();
  #learned = 0;

  constructor() {
    for (const [name, kind] of Object.entries(special)) this.#learn(Buffer.from(name), kind);
  }

  /** The target does not know the command: it is not sent from now on. */
  refuse(name: string): void {
    this.#learn(Buffer.from(name.toUpperCase(), 'latin1'), commandKind.refused);
  }

  /** The target takes one element off a list at a time. */
  watchPops(): void {
    for (const name of ['LPOP', 'RPOP']) this.#learn(Buffer.from(name), commandKind.pops);
  }

  kindOf(buffer: Buffer, start: number, end: number): number {
    const known = this.#byHash.get(hashOf(buffer, start, end));
    if (known) for (const { name, kind } of known) if (isSame(name, buffer, start, end)) return kind;
    return this.#look(buffer, start, end);
  }

  #look(buffer: Buffer, start: number, end: number): number {
    const name = Buffer.from(
      buffer.toString('latin1', start, Math.min(end, start + longestName)).toUpperCase(),
      'latin1',
    );
    const kind = kindByTable(name);
    if (this.#learned < maxLearned && end - start <= longestName) this.#learn(name, kind);
    return kind;
  }

  #learn(name: Buffer, kind: number): void {
    this.#learned++;
    const hash = hashOf(name, 0, name.length);
    const others = (this.#byHash.get(hash) ?? []).filter((known) => !known.name.equals(name));
    this.#byHash.set(hash, [...others, { name, kind }]);
  }
}

/** A command that nobody knows is sent: a module's, or one that is newer than the table. Its key is mostly the first. */
function kindByTable(name: Buffer): number {
  const spec = lookupCommand(name);
  if (!spec) return commandKind.builds;
  if (!spec.isWrite) return spec.flags.includes('may_replicate') ? commandKind.forward : commandKind.refused;
  if (spec.keyAt === 0)
    return spec.keys.some(({ access }) => reading.has(access)) ? commandKind.derives : commandKind.forward;
  // What cannot take more memory makes no key.
  const isBuilding = spec.keys[0]?.access === 'RW' && spec.flags.includes('denyoom');
  return isBuilding ? commandKind.builds : commandKind.forward;
}

function hashOf(buffer: Buffer, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + ((buffer[at] as number) & 0xdf)) | 0;
  return hash;
}

/** `name` is in upper case. */
function isSame(name: Buffer, buffer: Buffer, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) {
    const byte = buffer[start + at] as number;
    if ((byte >= 0x61 && byte <= 0x7a ? byte & 0xdf : byte) !== name[at]) return false;
  }
  return true;
}
