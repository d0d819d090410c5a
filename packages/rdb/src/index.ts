export { type AofEnd, type AofSink, AofWalker } from './aof/aof-walker.ts';
export { type AofPart, readManifest } from './aof/manifest.ts';
export { Crc64, crc64 } from './crc64.ts';
export { DumpArena } from './dump-arena.ts';
export {
  type DumpPayload,
  dumpOverhead,
  footerVersionFor,
  makeDumpPayload,
  readDumpPayload,
  writeDumpPayload,
} from './dump-payload.ts';
export { PackedParts } from './values/packed-parts.ts';
export { TextPieces } from './values/text-pieces.ts';
export { EntrySlot, type RdbEntry, type RdbMagic, type RdbSink } from './entry.ts';
export { unpackLzf, unpackLzfInto } from './lzf.ts';
export { looksLikeRdb, magicOf, newestVersion, readMagic } from './magic.ts';
export { moduleNameAt } from './module-name.ts';
export type {
  ElementSink,
  PendingEntry,
  StreamConsumer,
  StreamGroup,
  StreamId,
  StreamInfo,
  StreamParts,
  ValueType,
} from './values/element-sink.ts';
export { readNodeEntries } from './values/stream-entries.ts';
export { scoreText } from './values/score.ts';
export {
  byScore,
  type HashField,
  isEmptyValue,
  type RdbValue,
  readValue,
  type ScoredMember,
  type StreamEntry,
  sortValue,
} from './values/value.ts';
export { decodeValue, ValueDecoder } from './values/value-decoder.ts';
export { valueTypeOf } from './values/value-type.ts';
export { RdbWalker, type RdbWalkerOptions } from './walker.ts';
export { ByteWriter } from './encode/byte-writer.ts';
export { encodeCollection, plainTypes } from './encode/encode-collection.ts';
export { type EncodedKey, RdbFileEncoder } from './encode/rdb-file-encoder.ts';
export { type Recoded, type RecodeGoal, recodeValue } from './encode/recode.ts';
export { type PieceRecoder, recodeInPieces } from './encode/recode-pieces.ts';
export { writeRecordHead } from './encode/record-head.ts';
export { probePayloads } from './encode/probe.ts';
