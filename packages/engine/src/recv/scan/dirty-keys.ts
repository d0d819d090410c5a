import { type Connection, openConnection, type Reply } from '@cacheferry/resp';
import type { ServerAddress } from '@cacheferry/topology';
import type { KeyMatch } from '../../rules/key-matcher.ts';
import { Pushes } from './pushes.ts';

/** So many changed keys are remembered; above that everything is read again. */
const mostKeys = 5_000_000;

/**
 * Keys that a server says have changed (keyspace notifications), each once however often it did.
 *
 * Only which key it was is used: its value is read anew. Notifications are not kept for those who were away, so whoever
 * lost the connection has to read everything again.
 */
export class DirtyKeys {
  readonly #connection: Connection;
  readonly #owns: KeyMatch | undefined;
  readonly #keys = new Map<number, Set<string>>();
  #size = 0;

  private constructor(connection: Connection, owns?: KeyMatch) {
    this.#connection = connection;
    this.#owns = owns;
  }

  /**
   * Listens, when the server sends notifications of every kind; null when it does not, or does not say.
   *
   * `owns`: other keys do not count.
   */
  static async open(address: ServerAddress, signal: AbortSignal, owns?: KeyMatch): Promise<DirtyKeys | null> {
    const connection = await openConnection({ ...address, db: 0, replyTimeoutMs: 0, signal });
    const [reply] = await connection.pipeline([['CONFIG', 'GET', 'notify-keyspace-events']]);
    const flags = Array.isArray(reply) ? String(reply[1] ?? '') : '';
    if (!flags.includes('A') || !/[KE]/.test(flags)) {
      await connection.close();
      return null;
    }
    const dirty = new DirtyKeys(connection, owns);
    const form = flags.includes('K') ? '__keyspace@*__:*' : '__keyevent@*__:*';
    const pushes = new Pushes((message) => dirty.#note(message));
    connection.send(Buffer.from(`*2\r\n$10\r\nPSUBSCRIBE\r\n$${form.length}\r\n${form}\r\n`), pushes).catch(() => {});
    return dirty;
  }

  /** Whether changes may have been missed. */
  get isBroken(): boolean {
    return this.#connection.failure !== null || this.#size > mostKeys;
  }

  get size(): number {
    return this.#size;
  }

  /** Takes some keys of one database out. */
  take(most: number): { db: number; keys: Buffer[] } | null {
    for (const [db, set] of this.#keys) {
      const keys: Buffer[] = [];
      for (const key of set) {
        if (keys.length >= most) break;
        set.delete(key);
        keys.push(Buffer.from(key, 'latin1'));
      }
      if (set.size === 0) this.#keys.delete(db);
      this.#size -= keys.length;
      if (keys.length > 0) return { db, keys };
    }
    return null;
  }

  /** A key that is to be read once more. */
  add(db: number, key: Buffer): void {
    this.#add(db, key.toString('latin1'));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** `pmessage`, pattern, channel, text: the key stands in the channel (`__keyspace@0__:key`) or in the text. */
  #note(message: Reply): void {
    if (!Array.isArray(message) || String(message[0]) !== 'pmessage') return;
    const channel = (message[2] as Buffer).toString('latin1');
    const found = /^__key(space|event)@(\d+)__:/.exec(channel);
    if (!found) return;
    const key = found[1] === 'space' ? channel.slice(found[0].length) : (message[3] as Buffer).toString('latin1');
    if (key.startsWith('cf:')) return;
    if (!this.#owns || this.#owns(Buffer.from(key, 'latin1'), 0, key.length)) this.#add(Number(found[2]), key);
  }

  #add(db: number, key: string): void {
    const set = this.#keys.get(db) ?? new Set<string>();
    this.#keys.set(db, set);
    const before = set.size;
    set.add(key);
    this.#size += set.size - before;
  }
}
