import type { Cursor } from './cursor.ts';
import type { RdbMagic, RdbSink } from './entry.ts';
import { skipLayout } from './layout-walk.ts';
import { moduleNameAt } from './module-name.ts';
import { type Layout, recordLayouts } from './value-layout.ts';

/** Opcodes of records that are no keys. */
export const opcode = {
  eof: 255,
  selectDb: 254,
  expireSeconds: 253,
  expireMs: 252,
  resizeDb: 251,
  aux: 250,
  freq: 249,
  idle: 248,
  moduleAux: 247,
  oldFunction: 246,
  functionLibrary: 245,
  slotInfo: 244,
  keyMetaOrSlotImport: 243,
} as const;

/** What the records between keys need to know and change. */
export type RecordContext = { readonly cursor: Cursor; readonly sink: RdbSink; readonly magic: RdbMagic; db: number };

/** Reads one record that is no key and tells the sink: false when the window ends before it does, else true. */
export function readRecord(context: RecordContext, kind: number): boolean | undefined {
  const { cursor, sink } = context;
  switch (kind) {
    case opcode.selectDb:
      return selectDb(context);
    case opcode.resizeDb:
      return resizeDb(context);
    case opcode.aux:
      return aux(cursor, sink);
    case opcode.functionLibrary:
      if (!cursor.string()) return false;
      sink.functionLibrary?.(cursor.unpacked());
      return true;
    case opcode.oldFunction:
      return oldFunction(cursor, sink);
    case opcode.moduleAux:
      return moduleAux(cursor, sink);
    case opcode.slotInfo:
      return skipped(context, kind, recordLayouts.slotInfo);
    case opcode.keyMetaOrSlotImport:
      return context.magic === 'VALKEY' ? skipped(context, kind, recordLayouts.slotImport) : undefined;
    default:
      return undefined;
  }
}

function selectDb(context: RecordContext): boolean {
  const { cursor, sink } = context;
  if (!cursor.count(0x7fff_ffff)) return false;
  context.db = cursor.value;
  sink.selectDb?.(context.db);
  return true;
}

function resizeDb({ cursor, sink, db }: RecordContext): boolean {
  if (!cursor.count()) return false;
  const keys = cursor.value;
  if (!cursor.count()) return false;
  sink.resizeDb?.(db, keys, cursor.value);
  return true;
}

function aux(cursor: Cursor, sink: RdbSink): boolean {
  if (!cursor.string()) return false;
  const key = cursor.unpacked();
  if (!cursor.string()) return false;
  sink.aux?.(key, cursor.unpacked());
  return true;
}

function oldFunction(cursor: Cursor, sink: RdbSink): boolean {
  if (!cursor.string()) return false;
  const name = cursor.unpacked();
  if (!cursor.string() || !cursor.count(1)) return false;
  if (cursor.value === 1 && !cursor.string()) return false;
  if (!cursor.string()) return false;
  sink.oldFunction?.(name);
  return true;
}

function moduleAux(cursor: Cursor, sink: RdbSink): boolean {
  const at = cursor.at;
  if (!cursor.count(Number.MAX_VALUE) || !skipLayout(cursor, recordLayouts.moduleAuxRest)) return false;
  sink.moduleAux?.(moduleNameAt(cursor.buffer, at).name);
  return true;
}

function skipped({ cursor, sink }: RecordContext, kind: number, layout: Layout): boolean {
  if (!skipLayout(cursor, layout)) return false;
  sink.skipped?.(kind);
  return true;
}
