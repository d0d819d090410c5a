import { type PieceRecoder, type RdbEntry, type RdbMagic, type RdbSink, RdbWalker } from '@cacheferry/rdb';
import type { MigrationRules } from '../rules/migration-rules.ts';
import { Window } from '../ship/window.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';
import type { OnStray } from '../ship/ruled-entries.ts';
import { CheckedOutput } from './checked-output.ts';
import type { FileOutput } from './file-output.ts';
import type { Fate, ReaderRewrite } from './reader-rewrite.ts';
import type { SideFile } from './side-file.ts';

/** What goes into a file, and who is told of keys that lie on a server that is not theirs. */
export type CopyScope = { rules: MigrationRules | null; onStray?: OnStray };

const trailerBytes = 8;
/** The first format with a checksum at its end. */
const firstWithChecksum = 5;
const partBytes = 8_388_608;

/** A range of the RDB that does not go into the file as it is, and what takes its place. */
type Edit = {
  from: number;
  to: number;
  bytes: Buffer | null;
  /** Goes to the side file. */
  aside: Buffer | null;
  /** Behind `bytes` comes what is in the side file. */
  endsAside: boolean;
};

/**
 * Copies an RDB as it comes into a file: every record as it stands, without the keys that are not wanted, in other forms
 * where a rewrite says so, and with a checksum of its own.
 *
 * Throws `rdb.…` when what came is damaged.
 */
export class RdbCopy implements RdbSink {
  /** Keys that the source announced. */
  keysTotal = 0;
  keys = 0;
  /** Keys that were left out. */
  left = 0;
  readonly #out: CheckedOutput;
  readonly #side: SideFile;
  readonly #rules: MigrationRules | null;
  readonly #rewrite: ReaderRewrite | null;
  readonly #walker: RdbWalker;
  readonly #window = new Window();
  #edits: Edit[] = [];
  /** Where the last record ended, in bytes of the RDB. */
  #recordStart = 0;
  /** What becomes of the value that comes in pieces. */
  #large: Fate = { kind: 'keep' };

  readonly #onStray: OnStray | undefined;

  constructor(out: FileOutput, side: SideFile, scope: CopyScope, rewrite: ReaderRewrite | null) {
    this.#out = new CheckedOutput(out);
    this.#side = side;
    this.#rules = scope.rules;
    this.#onStray = scope.onStray;
    this.#rewrite = rewrite;
    const most = (type: number, magic: RdbMagic) =>
      rewrite?.needsWhole(type, magic) ? Number.POSITIVE_INFINITY : partBytes;
    this.#walker = new RdbWalker(this, { partBytes: most });
  }

  /** Bytes of the RDB that are in the file. */
  get reached(): number {
    return this.#walker.consumed;
  }

  get bytesOut(): number {
    return this.#out.bytesOut;
  }

  async take(bytes: Buffer): Promise<void> {
    const window = this.#window;
    const walker = this.#walker;
    window.append(bytes, walker.needBytes);
    if (walker.isDone || window.length < walker.needBytes) return;
    const base = walker.consumed - window.start;
    const walked = walker.walk(window.buffer, window.start, window.end);
    const end = walker.isDone && walker.version >= firstWithChecksum ? walked - trailerBytes : walked;
    let from = window.start;
    const edits = this.#edits;
    this.#edits = [];
    for (const edit of edits) {
      const isFull = this.#put(window.buffer, from, edit.from - base);
      if (isFull) await isFull;
      const isBusy = edit.aside ? this.#putAside(edit) : edit.bytes && this.#put(edit.bytes, 0, edit.bytes.length);
      if (isBusy) await isBusy;
      from = edit.to - base;
    }
    await this.#put(window.buffer, from, end);
    await this.#out.flush();
    window.consume(walked);
  }

  /** No more bytes come. Throws `rdb.truncated` unless the RDB has ended. */
  async finish(): Promise<void> {
    this.#walker.finish();
    if (this.#walker.version >= firstWithChecksum) await this.#out.addChecksum();
  }

  header(magic: RdbMagic, version: number): void {
    this.#apply(this.#rewrite?.header(magic, version));
  }

  aux(): void {
    this.#apply(this.#rewrite?.hint());
  }

  selectDb(): void {
    this.#recordStart = this.#at;
  }

  resizeDb(db: number, keys: number): void {
    if (this.#rules?.takesDb(db) !== false) this.keysTotal += keys;
    this.#apply(this.#rewrite?.hint());
  }

  functionLibrary(source: Buffer): void {
    this.#apply(this.#rewrite?.functionLibrary(source));
  }

  oldFunction(name: Buffer): void {
    this.#apply(this.#rewrite?.oldFunction(name));
  }

  moduleAux(): void {
    this.#apply(this.#rewrite?.moduleAux());
  }

  /** Hints about slots, which every server works out by itself. */
  skipped(): void {
    this.#apply(this.#rewrite ? { kind: 'drop' } : undefined);
  }

  entry(entry: RdbEntry): void {
    const fate = this.#isWanted(entry) ? (this.#rewrite?.entry(entry) ?? keep) : drop;
    if (fate.kind !== 'drop') this.keys++;
    this.#apply(fate, this.#walker.cursor.base + entry.valueStart);
  }

  entryPart(entry: RdbEntry, index: number, isLast: boolean): void {
    if (index === 0) this.#large = this.#isWanted(entry) ? (this.#rewrite?.largeEntry(entry) ?? keep) : drop;
    const fate = this.#large;
    if (isLast && fate.kind !== 'drop') this.keys++;
    const valueAt = this.#walker.cursor.base + entry.valueStart;
    if (fate.kind === 'pieces') this.#piece(entry, fate.recoder, index === 0, isLast);
    else if (index === 0 || fate.kind === 'drop') this.#apply(fate, valueAt);
    this.#recordStart = this.#at;
  }

  #isWanted(entry: RdbEntry): boolean {
    const { db, keyBuffer, keyStart, keyEnd } = entry;
    if (isBookkeeping(keyBuffer, keyStart, keyEnd)) return false;
    const rules = this.#rules;
    if (rules === null || (rules.takesDb(db) && rules.takesKey(keyBuffer, keyStart, keyEnd))) return true;
    this.left++;
    if (rules.isStray(keyBuffer, keyStart, keyEnd)) this.#onStray?.(entry.offset, entry.key);
    return false;
  }

  /** The end of what the walker has just read, in bytes of the RDB. */
  get #at(): number {
    return this.#walker.cursor.base + this.#walker.cursor.at;
  }

  /** Does to the record that was just read what its fate says; its body begins at `bodyAt`. */
  #apply(fate: Fate = keep, bodyAt = this.#at): void {
    const from = this.#recordStart;
    const to = fate.kind === 'head' ? bodyAt : this.#at;
    this.#recordStart = this.#at;
    if (fate.kind === 'keep' || fate.kind === 'pieces') return;
    this.#edits.push({ from, to, bytes: fate.kind === 'drop' ? null : fate.bytes, aside: null, endsAside: false });
  }

  /** A piece of a value in another form. Where the number of elements is known at its end only, all of it goes aside. */
  #piece(entry: RdbEntry, recoder: PieceRecoder, isFirst: boolean, isLast: boolean): void {
    const written = Buffer.from(recoder.take(entry.buffer, entry.valueStart, entry.valueEnd, isLast));
    const range = { from: this.#recordStart, to: this.#at };
    const rewrite = this.#rewrite as ReaderRewrite;
    if (isLast) rewrite.pieceEnd(entry, recoder);
    if (recoder.elements === null) {
      const bytes = isFirst ? Buffer.concat([rewrite.headOf(entry, recoder), written]) : written;
      this.#edits.push({ ...range, bytes, aside: null, endsAside: false });
    } else {
      const bytes = isLast ? rewrite.headOf(entry, recoder) : null;
      this.#edits.push({ ...range, bytes, aside: written, endsAside: isLast });
    }
  }

  async #putAside({ aside, bytes, endsAside }: Edit): Promise<void> {
    if (aside) await this.#side.add(aside);
    if (bytes) await this.#put(bytes, 0, bytes.length);
    if (endsAside) await this.#side.moveTo(this.#out);
  }

  #put(buffer: Buffer, from: number, to: number): Promise<void> | undefined {
    return from < to ? this.#out.add(buffer, from, to) : undefined;
  }
}

const keep: Fate = { kind: 'keep' };
const drop: Fate = { kind: 'drop' };
