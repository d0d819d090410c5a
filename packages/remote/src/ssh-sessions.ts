import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { FerryError } from '@cacheferry/kernel';
import type { SFTPWrapper } from 'ssh2';
import { type Channel, drain, type OpenOptions } from './channel.ts';
import { commandLine, sshChannel } from './ssh-channel.ts';
import type { SshConnection } from './ssh-connection.ts';

const maxConnections = 8;

type Slot = {
  connection: SshConnection;
  open: number;
  /** How many sessions the server allows on this connection; known once it refused one. */
  limit: number;
};

type Connect = (signal?: AbortSignal) => Promise<SshConnection>;

/**
 * The sessions of one machine. All share the first connection; where the server opens no further session on it
 * (MaxSessions), another connection is made.
 */
export class SshSessions {
  readonly #host: string;
  readonly #settings: { fileRoots: string };
  readonly #first: SshConnection;
  readonly #connect: Connect;
  readonly #slots: Slot[] = [];
  #isClosed = false;

  constructor(host: string, settings: { fileRoots: string }, first: SshConnection, connect: Connect) {
    this.#host = host;
    this.#settings = settings;
    this.#first = first;
    this.#connect = connect;
    this.#add(first);
  }

  /** Starts a program in a session of its own. Rejects with `machine.no_channel` where the server has no room at all. */
  open(argv: readonly string[], { signal, hasInput }: OpenOptions): Promise<Channel> {
    const marker = `ferry-${randomUUID()}`;
    const line = commandLine(argv, { marker, hasInput, fileRoots: this.#settings.fileRoots });
    return this.#session(signal, async (slot) => {
      const raw = await slot.connection.exec(line);
      raw.once('close', () => slot.open--);
      const run = (command: readonly string[]) => void this.#runBlindly(command);
      return sshChannel(raw, { host: this.#host, marker, lost: slot.connection.lost, run });
    });
  }

  /** Opens an sftp session. `closed` resolves with its end. */
  openSftp(signal?: AbortSignal): Promise<{ sftp: SFTPWrapper; closed: Promise<void> }> {
    return this.#session(signal, async (slot) => {
      const sftp = await slot.connection.sftp();
      sftp.on('error', () => {});
      const closed = new Promise<void>((resolve) => {
        sftp.once('close', () => {
          slot.open--;
          resolve();
        });
      });
      return { sftp, closed };
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const { connection } of [...this.#slots]) connection.close();
  }

  #add(connection: SshConnection): Slot {
    const slot = { connection, open: 0, limit: Number.POSITIVE_INFINITY };
    this.#slots.push(slot);
    void connection.closed.then(() => this.#slots.splice(this.#slots.indexOf(slot), 1));
    return slot;
  }

  async #freeSlot(signal?: AbortSignal): Promise<Slot> {
    const free = this.#slots.find(({ open, limit }) => open < limit);
    if (free) return free;
    if (this.#isClosed || this.#slots.length === 0) throw this.#first.lost();
    const count = this.#slots.length;
    if (count >= maxConnections)
      throw new FerryError('machine.no_channel', { host: this.#host, reason: `${count} connections are full` });
    const connection = await this.#connect(signal);
    if (this.#isClosed) connection.close();
    return this.#add(connection);
  }

  /** What cannot be done here any more has nobody left to be told. */
  async #runBlindly(argv: readonly string[]): Promise<void> {
    try {
      const channel = await this.open(argv, { hasInput: false });
      drain(channel.stdout, channel.stderr);
      await channel.ended;
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
    }
  }

  async #session<S>(signal: AbortSignal | undefined, open: (slot: Slot) => Promise<S>): Promise<S> {
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const slot = await this.#freeSlot(signal);
      slot.open++;
      try {
        return await open(slot);
      } catch (error) {
        slot.open--;
        if (!(error instanceof FerryError) || error.code !== 'machine.no_channel') throw error;
        if (slot.open > 0) slot.limit = slot.open;
        // A session that ended here may still count there for a moment; else the server refuses every session.
        else if (attempt < 6) await pause(attempt * 50, undefined, { signal });
        else throw error;
      }
    }
  }
}
