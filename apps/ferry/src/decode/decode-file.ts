import { stat } from 'node:fs/promises';
import { findAofParts, readChunks } from '@cacheferry/engine';
import { FerryError } from '@cacheferry/kernel';
import { looksLikeRdb } from '@cacheferry/rdb';
import { decodeAof } from './decode-aof.ts';
import { decodeRdb } from './decode-rdb.ts';
import { type DecodeCounts, KeyPrinter } from './key-printer.ts';
import type { LineWriter } from './line-writer.ts';

/** What was printed, and what was there beside it. */
export type DecodeReport = DecodeCounts & { commands: number; droppedBytes: number; garbageBytes: number };

type Work = { out: LineWriter; keys: KeyPrinter; signal: AbortSignal; report: DecodeReport };

/** Prints what a file or a folder holds: an RDB, an AOF, a multi-part appendonlydir or its manifest. */
export async function decodeFile(name: string, out: LineWriter, signal: AbortSignal): Promise<DecodeReport> {
  const keys = new KeyPrinter(out);
  const report = { ...keys.counts, commands: 0, droppedBytes: 0, garbageBytes: 0 };
  const work = { out, keys, signal, report };
  const parts = await findAofParts(name);
  for (const [i, part] of parts.entries()) {
    const dropped = report.droppedBytes;
    const end = await decodePart(part, work);
    if (report.droppedBytes > dropped && i < parts.length - 1)
      throw new FerryError('aof.truncated', { file: String(part), offset: end });
  }
  await out.flush();
  return { ...report, ...keys.counts };
}

/** One file: an RDB, an AOF with or without RDB in front. Returns up to where it was whole. */
async function decodePart(file: string | Buffer, work: Work): Promise<number> {
  const { out, keys, signal, report } = work;
  const start = await firstChunk(file, signal);
  let from = 0;
  if (isRdb(start, String(file))) {
    const end = await decodeRdb(readChunks(file, signal), keys, out);
    from = end.bytes;
    if (end.next === 'garbage') report.garbageBytes = (await stat(file)).size - end.bytes;
    if (end.next !== 'commands') return end.bytes;
  }
  const end = await decodeAof({ path: file, from, signal }, out);
  report.commands += end.commands;
  report.droppedBytes += end.droppedBytes;
  return end.validBytes;
}

async function firstChunk(file: string | Buffer, signal: AbortSignal): Promise<Buffer> {
  for await (const chunk of readChunks(file, signal)) return chunk;
  return Buffer.alloc(0);
}

/** What begins neither like commands nor like an annotation is taken for an RDB, whose reader then says what is wrong. */
function isRdb(start: Buffer, name: string): boolean {
  if (start.length === 0) return !name.endsWith('.aof');
  return looksLikeRdb(start) || (start[0] !== 0x2a && start[0] !== 0x23);
}
