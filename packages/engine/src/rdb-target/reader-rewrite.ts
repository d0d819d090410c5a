import type { LostClass } from '@cacheferry/contract';
import {
  ByteWriter,
  isEmptyValue,
  moduleNameAt,
  type PieceRecoder,
  type RdbEntry,
  type RdbMagic,
  readValue,
  recodeInPieces,
  writeRecordHead,
} from '@cacheferry/rdb';
import { libraryName } from '../ship/library-name.ts';
import type { Loss } from '../ship/lost-report.ts';
import { recodeFor } from '../ship/recode.ts';
import { planTypes, type TypePlan } from '../ship/type-plan.ts';
import { type ReaderFormat, readsHeader } from './reader-formats.ts';

/** What becomes of a record: as it is, a new head before the same body, other bytes, or nothing. */
export type Fate =
  | { kind: 'keep' }
  | { kind: 'head' | 'whole'; bytes: Buffer }
  | { kind: 'pieces'; recoder: PieceRecoder }
  | { kind: 'drop' };

/** A collection without elements, which no server keeps, is not longer than that in any form that is written. */
const emptyBytes = 9;
const keep: Fate = { kind: 'keep' };
const drop: Fate = { kind: 'drop' };
/** Format versions that brought records between the keys. */
const first = { hints: 7, modules: 8, access: 9, functions: 10 } as const;

/** Brings the records of an RDB into forms that a chosen server reads. What has no such form is told as lost. */
export class ReaderRewrite {
  readonly #reader: ReaderFormat;
  readonly #onLost: (loss: Loss) => void;
  readonly #recode: ReturnType<typeof recodeFor>;
  readonly #out = new ByteWriter();
  #plan: TypePlan = [];
  #magic: RdbMagic = 'REDIS';

  constructor(reader: ReaderFormat, onLost: (loss: Loss) => void) {
    this.#reader = reader;
    this.#onLost = onLost;
    this.#recode = recodeFor(reader, reader.refused);
  }

  header(magic: RdbMagic, version: number): Fate {
    this.#magic = magic;
    this.#plan = planTypes(magic, this.#reader.product, this.#reader.refused);
    if (readsHeader(this.#reader, magic, version)) return keep;
    const digits = String(this.#reader.version).padStart(this.#reader.magic === 'REDIS' ? 4 : 3, '0');
    return { kind: 'whole', bytes: Buffer.from(`${this.#reader.magic}${digits}`, 'latin1') };
  }

  /** AUX and RESIZEDB. */
  hint(): Fate {
    return this.#knows('hints') ? keep : drop;
  }

  moduleAux(): Fate {
    return this.#knows('access') ? keep : drop;
  }

  functionLibrary(source: Buffer): Fate {
    if (this.#knows('functions')) return keep;
    this.#lose({ db: 0, key: libraryName(source) }, 'function', `${this.#reader.name} has no functions`);
    return drop;
  }

  oldFunction(name: Buffer): Fate {
    this.#lose({ db: 0, key: name }, 'function', 'it was written by a release candidate of 7.0');
    return drop;
  }

  /** Whether a large value of that type has to be there as a whole to be written in another form. */
  needsWhole(type: number, magic: RdbMagic): boolean {
    return this.#plan[type]?.kind === 'recode' && recodeInPieces(type, magic, this.#reader, 0) === null;
  }

  entry(entry: RdbEntry): Fate {
    const fate = this.#before(entry);
    if (fate) return fate;
    const recoded = this.#recode(entry, this.#magic);
    if (!recoded) return this.#without(entry);
    const { buffer } = recoded;
    const mayBeEmpty = buffer.length <= emptyBytes;
    if (mayBeEmpty && isEmptyValue(readValue(recoded.type, this.#reader.magic, buffer))) return drop;
    if (recoded.lostFieldTtls > 0) this.#loseFieldTtls(entry, recoded.lostFieldTtls);
    if (recoded.lostPending > 0)
      this.#lose(entry, 'type', 'older streams have no pending entries without a consumer', recoded.lostPending);
    this.#loseMessageIds(entry, recoded.lostMessageIds);
    return { kind: 'whole', bytes: Buffer.from(this.#head(entry, recoded.type).raw(buffer).bytes) };
  }

  /** The same for a value that comes in pieces, at its first one. */
  largeEntry(entry: RdbEntry): Fate {
    const fate = this.#before(entry);
    if (fate) return fate;
    const recoder = recodeInPieces(entry.type, this.#magic, this.#reader, entry.offset);
    if (!recoder || this.#reader.refused.has(recoder.type)) return this.#without(entry);
    return { kind: 'pieces', recoder };
  }

  /** What stands before the pieces of a value in its new form. */
  headOf(entry: RdbEntry, { type, elements }: PieceRecoder): Buffer {
    const out = this.#head(entry, type);
    if (elements !== null) out.count(elements);
    return Buffer.from(out.bytes);
  }

  pieceEnd(entry: RdbEntry, { lostFieldTtls, lostMessageIds }: PieceRecoder): void {
    if (lostFieldTtls > 0) this.#loseFieldTtls(entry, lostFieldTtls);
    this.#loseMessageIds(entry, lostMessageIds);
  }

  /** The fate that does not depend on what the value holds; `null` where it has to be re-encoded. */
  #before(entry: RdbEntry): Fate | null {
    const fate = this.#plan[entry.type];
    if (fate?.kind === 'lost') return this.#without(entry, fate.class);
    if (fate?.kind === 'module' && !this.#knows('modules')) {
      const { name } = moduleNameAt(entry.buffer, entry.valueStart);
      this.#lose(entry, 'module', `${this.#reader.name} has no values of modules like ${name}`);
      return drop;
    }
    if (fate?.kind === 'recode') return null;
    const hasAccess = entry.idleSeconds >= 0 || entry.freq >= 0;
    const isKept = entry.metaClasses === 0 && (!hasAccess || this.#knows('access'));
    return isKept ? keep : { kind: 'head', bytes: Buffer.from(this.#head(entry, entry.type).bytes) };
  }

  #head(entry: RdbEntry, type: number): ByteWriter {
    return writeRecordHead(this.#out.clear(), entry, type, this.#knows('access'));
  }

  #without(entry: RdbEntry, lost: LostClass = 'type'): Fate {
    this.#lose(entry, lost, `value type ${entry.type} has no form that ${this.#reader.name} reads`);
    return drop;
  }

  #loseFieldTtls(entry: RdbEntry, count: number): void {
    this.#lose(entry, 'field_ttl', `${this.#reader.name} has no expiry of hash fields`, count);
  }

  #loseMessageIds(entry: RdbEntry, count: number): void {
    if (count > 0) this.#lose(entry, 'type', 'older streams do not know which messages producers have added', count);
  }

  #lose({ db, key }: { db: number; key: Buffer }, lost: LostClass, detail: string, count = 1): void {
    this.#onLost({ class: lost, count, detail, db, key: Buffer.from(key) });
  }

  #knows(what: keyof typeof first): boolean {
    return this.#reader.version >= first[what];
  }
}
