import {
  isEmptyValue,
  type RdbEntry,
  type RdbMagic,
  type RdbSink,
  readValue,
  sortValue,
  ValueDecoder,
  valueTypeOf,
} from '@cacheferry/rdb';
import type { LineWriter } from './line-writer.ts';
import { printValue } from './print-value.ts';
import { ElementPrinter } from './element-printer.ts';

/** What was read beside the keys that are printed. */
export type DecodeCounts = { keys: number; emptyKeys: number; functionLibraries: number; moduleAux: number };

/** Prints the keys of an RDB, one JSON line each, as they come. */
export class KeyPrinter implements RdbSink {
  readonly counts: DecodeCounts = { keys: 0, emptyKeys: 0, functionLibraries: 0, moduleAux: 0 };
  readonly #out: LineWriter;
  #magic: RdbMagic = 'REDIS';
  #parts: { decoder: ValueDecoder; printer: ElementPrinter } | undefined;
  /** Servers before 6.0 kept times of pending entries that they did not tell. */
  #hasTimes = true;

  constructor(out: LineWriter) {
    this.#out = out;
  }

  header(magic: RdbMagic): void {
    this.#magic = magic;
  }

  aux(key: Buffer, value: Buffer): void {
    if (key.toString('latin1') === 'redis-ver') this.#hasTimes = Number.parseInt(value.toString('latin1'), 10) >= 6;
  }

  functionLibrary(): void {
    this.counts.functionLibraries++;
  }

  oldFunction(): void {
    this.counts.functionLibraries++;
  }

  moduleAux(): void {
    this.counts.moduleAux++;
  }

  entry(entry: RdbEntry): void {
    const value = sortValue(readValue(entry.type, this.#magic, entry.value));
    if (isEmptyValue(value)) {
      this.counts.emptyKeys++;
      return;
    }
    this.#head(entry, value.type);
    printValue(value, this.#out, this.#hasTimes);
    this.#out.text('}\n');
    this.counts.keys++;
  }

  entryPart(entry: RdbEntry, index: number, isLast: boolean): void {
    if (index === 0) {
      this.#head(entry, valueTypeOf(entry.type, this.#magic) ?? '');
      const printer = new ElementPrinter(this.#out, this.#hasTimes);
      this.#parts = { printer, decoder: new ValueDecoder(entry.type, this.#magic, printer, entry.offset) };
    }
    this.#parts?.decoder.feed(entry.buffer, entry.valueStart, entry.valueEnd, isLast);
    if (!isLast) return;
    this.#parts?.printer.end();
    this.#parts = undefined;
    this.#out.text('}\n');
    this.counts.keys++;
  }

  #head(entry: RdbEntry, type: string): void {
    const out = this.#out;
    out.text(`{"db":${entry.db},"key":`).base64(entry.key);
    out.text(`,"type":"${type}","pttl_at":${entry.expireAtMs < 0 ? 'null' : entry.expireAtMs}`);
    if (entry.idleSeconds >= 0) out.text(`,"idle":${entry.idleSeconds}`);
    if (entry.freq >= 0) out.text(`,"freq":${entry.freq}`);
    out.text(',"value":');
  }
}
