import type { FileInspection } from '@cacheferry/contract';
import { findAofParts, readChunks } from '@cacheferry/engine';
import { type Clock, FerryError } from '@cacheferry/kernel';
import { AofWalker, looksLikeRdb, RdbWalker } from '@cacheferry/rdb';
import { ByteWindow } from '../decode/byte-window.ts';
import { KeyCensus } from './key-census.ts';

type Limits = { clock: Clock; signal: AbortSignal; budgetMs: number };

/** Bigger values are counted while they are read. */
const partBytes = 4_194_304;

/**
 * Reads an RDB or AOF and says what it holds and where it is damaged, in constant memory. After `budgetMs` it stops and
 * tells what it saw until then.
 */
export async function inspectFile(name: string, limits: Limits): Promise<FileInspection> {
  const inspection = new Inspection(limits);
  let problem: FileInspection['problem'] = null;
  try {
    for (const part of await findAofParts(name)) await inspection.read(part);
  } catch (error) {
    if (!(error instanceof FerryError) || limits.signal.aborted) throw error;
    const { code, message: title, fix, facts } = error;
    problem = { code, title, fix, facts: Object.fromEntries(Object.entries(facts).map(([n, v]) => [n, plain(v)])) };
  }
  return { file: name, ...inspection.result(), problem };
}

const plain = (value: unknown): string | number => (typeof value === 'number' ? value : String(value));

class Inspection {
  readonly #census: KeyCensus;
  readonly #limits: Limits;
  readonly #endMs: number;
  #commands = 0;
  #bytesRead = 0;
  #isWhole = true;
  #isVerified = true;

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#census = new KeyCensus(limits.clock.now());
    this.#endMs = limits.clock.monotonic() + limits.budgetMs;
  }

  async read(path: string | Buffer): Promise<void> {
    let from = 0;
    if (await this.#isRdb(path)) {
      const end = await this.#readRdb(path);
      if (!end.hasCommands) return;
      from = end.bytes;
    }
    await this.#readCommands(path, from);
  }

  result(): Omit<FileInspection, 'file' | 'problem'> {
    const { version, product, keys, expiring, expired, functionLibraries, said } = this.#census;
    const written = Number(said.get('ctime') ?? Number.NaN);
    return {
      rdbVersion: version,
      product,
      serverVersion: said.get('redis-ver') ?? said.get('valkey-ver') ?? null,
      createdAt: written > 0 && written < 1e11 ? new Date(written * 1000).toISOString() : null,
      keys,
      expiring,
      expired,
      databases: this.#census.databases(),
      largest: this.#census.largest(),
      functionLibraries,
      commands: this.#commands,
      bytesRead: this.#bytesRead,
      isWhole: this.#isWhole,
      isVerified: this.#isWhole && this.#isVerified,
    };
  }

  /** What begins neither like commands nor like an annotation is taken for an RDB, whose reader then says what is wrong. */
  async #isRdb(path: string | Buffer): Promise<boolean> {
    for await (const chunk of readChunks(path, this.#limits.signal))
      return looksLikeRdb(chunk) || (chunk[0] !== 0x2a && chunk[0] !== 0x23);
    return !String(path).endsWith('.aof');
  }

  async #readRdb(path: string | Buffer): Promise<{ bytes: number; hasCommands: boolean }> {
    const walker = new RdbWalker(this.#census, { partBytes });
    const window = new ByteWindow();
    for await (const chunk of readChunks(path, this.#limits.signal)) {
      window.append(chunk);
      if (!walker.isDone && window.length >= walker.needBytes)
        window.consume(walker.walk(window.buffer, window.start, window.end));
      if (walker.isDone && window.length > 0) break;
      if (this.#isOver(chunk.length)) return { bytes: 0, hasCommands: false };
    }
    walker.finish();
    this.#isVerified &&= walker.isVerified;
    return { bytes: walker.consumed, hasCommands: window.length > 0 && window.buffer[window.start] === 0x2a };
  }

  async #readCommands(path: string | Buffer, from: number): Promise<void> {
    const sink = { command: () => void this.#commands++ };
    const walker = new AofWalker(sink, String(path), from);
    const window = new ByteWindow();
    for await (const chunk of readChunks(path, this.#limits.signal, { from })) {
      window.append(chunk);
      if (window.length >= walker.needBytes) window.consume(walker.walk(window.buffer, window.start, window.end));
      if (this.#isOver(chunk.length)) return;
    }
    walker.finish(window.length);
  }

  #isOver(bytes: number): boolean {
    this.#bytesRead += bytes;
    if (this.#limits.clock.monotonic() < this.#endMs) return false;
    this.#isWhole = false;
    return true;
  }
}
