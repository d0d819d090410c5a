import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MigrationMode } from '@cacheferry/contract';
import { type FerryError, silentLogger, systemClock } from '@cacheferry/kernel';
import { type RedisServer, startRedis, tempDir, waitFor } from '@cacheferry/testkit';
import type { ServerAddress } from '@cacheferry/topology';
import { PsyncReceiver } from '../src/recv/psync-receiver.ts';
import type { ResumePoint, SpoolPart, SpoolPosition } from '../src/recv/receiver.ts';

export type ReceivingOptions = {
  dir?: string;
  mode?: MigrationMode;
  from?: ResumePoint;
  spoolMaxBytes?: number;
  /** Whether what was read counts as contained in the target at once; default true. */
  acknowledges?: boolean;
  /** Whether the bytes are kept; default true. */
  keeps?: boolean;
};

/** Runs a receiver and a reader, and keeps what the reader got: the newest RDB, and the stream behind it. */
export class Receiving {
  readonly dir: string;
  readonly receiver: PsyncReceiver;
  readonly errors: FerryError[] = [];
  readonly notes: SpoolPart[] = [];
  rdb: Buffer[] = [];
  stream: Buffer[] = [];
  position: SpoolPosition = { phase: 'rdb', at: 0 };
  isHeld = false;
  failure: unknown = null;
  isEnded = false;
  #reading: Promise<void> = Promise.resolve();
  readonly #options: ReceivingOptions;

  constructor(address: ServerAddress, options: ReceivingOptions = {}) {
    this.#options = options;
    this.dir = options.dir ?? tempDir('spool');
    const settings = {
      shard: { id: '0', locate: () => Promise.resolve(address) },
      dir: this.dir,
      mode: options.mode ?? ('sync' as const),
      clientName: 'ferry:test',
      spoolMaxBytes: options.spoolMaxBytes ?? 0,
      fullSyncGapMs: 0,
    };
    let seed = 1;
    this.receiver = new PsyncReceiver(settings, {
      clock: systemClock,
      log: silentLogger,
      random: () => ((seed = (seed * 16_807) % 2_147_483_647) - 1) / 2_147_483_646,
      onError: (error) => this.errors.push(error),
    });
  }

  async start(): Promise<this> {
    if (this.#options.from) this.position = this.#options.from.position;
    await this.receiver.start(this.#options.from ?? null);
    this.#reading = this.#read();
    return this;
  }

  get streamBytes(): Buffer {
    return Buffer.concat(this.stream);
  }

  get codes(): string[] {
    return this.errors.map((error) => error.code);
  }

  /** Where to go on later. */
  get resumePoint(): ResumePoint {
    const { replicationId, fullSyncOffset } = this.receiver.status();
    return { replicationId: replicationId ?? '', fullSyncOffset: fullSyncOffset ?? 0, position: this.position };
  }

  /** Waits for something that the reader is to see; fails at once when the reader failed. */
  async until(isThere: () => boolean, deadlineMs = 40_000): Promise<void> {
    const check = () => {
      if (this.failure) throw this.failure;
      return isThere();
    };
    const what = `the reader, now at ${this.position.phase} ${this.position.at}, errors ${this.codes}`;
    await waitFor(check, { deadlineMs, what });
  }

  reach(offset: number, deadlineMs = 40_000): Promise<void> {
    return this.until(() => this.position.phase === 'stream' && this.position.at >= offset, deadlineMs);
  }

  async stop(): Promise<void> {
    await this.receiver.stop();
    await this.#reading;
  }

  async #read(): Promise<void> {
    try {
      const reader = await this.receiver.open();
      for (let part = await reader.read(); part; part = await reader.read()) {
        this.#take(part);
        while (this.isHeld) await systemClock.sleep(5);
      }
      await reader.close();
      this.isEnded = true;
    } catch (error) {
      this.failure = error;
    }
  }

  #take(part: SpoolPart): void {
    if (part.kind === 'full_sync') {
      this.rdb = [];
      this.stream = [];
      this.position = { phase: 'rdb', at: 0 };
    }
    if (part.kind !== 'rdb' && part.kind !== 'stream') this.notes.push(part);
    else {
      if (part.at !== this.position.at || part.kind !== this.position.phase)
        throw new Error(`a gap: ${part.kind} ${part.at} behind ${this.position.phase} ${this.position.at}`);
      if (this.#options.keeps !== false) this[part.kind].push(Buffer.from(part.bytes));
      this.position = { phase: part.kind, at: part.at + part.bytes.length };
    }
    const { fullSyncOffset } = this.receiver.status();
    if (part.kind === 'rdb_end') this.position = { phase: 'stream', at: fullSyncOffset ?? 0 };
    if (this.#options.acknowledges !== false) this.receiver.acknowledge(this.position);
  }
}

/** Folders of rebuilt servers, to be removed when those have stopped. */
export const rebuilt: string[] = [];

/**
 * Builds a server from what was received: its RDB loaded, the stream behind it.
 *
 * Loaded as an AOF, in which no expiry runs: keys end by the DELs of the stream, as at a replica.
 */
export async function rebuild(received: { rdb: Buffer[]; streamBytes: Buffer }): Promise<RedisServer> {
  const dir = tempDir('rebuilt');
  rebuilt.push(dir);
  const files = join(dir, 'appendonlydir');
  mkdirSync(files);
  const manifest = 'file a.base.rdb seq 1 type b\nfile a.incr.aof seq 1 type i\n';
  writeFileSync(join(files, 'a.manifest'), manifest);
  writeFileSync(join(files, 'a.base.rdb'), Buffer.concat(received.rdb));
  writeFileSync(join(files, 'a.incr.aof'), received.streamBytes);
  return startRedis({ dir, args: ['--appendonly', 'yes', '--appendfilename', 'a'] });
}

/** The offset a server has produced. */
export async function offsetOf(server: RedisServer): Promise<number> {
  return Number((await server.info('replication')).master_repl_offset);
}

export const addressOf = (server: { host: string; port: number; password?: string | undefined }): ServerAddress => ({
  host: server.host,
  port: server.port,
  user: null,
  password: server.password ?? null,
  tls: null,
});
