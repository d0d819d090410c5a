import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { type AofPart, looksLikeRdb, readManifest } from '@cacheferry/rdb';
import { decodeAof } from './decode-aof.ts';
import { decodeRdb } from './decode-rdb.ts';
import { type DecodeCounts, KeyPrinter } from './key-printer.ts';
import type { LineWriter } from './line-writer.ts';
import { fileError, readChunks } from './read-chunks.ts';

/** What was printed, and what was there beside it. */
export type DecodeReport = DecodeCounts & { commands: number; droppedBytes: number; garbageBytes: number };

type Work = { out: LineWriter; keys: KeyPrinter; signal: AbortSignal; report: DecodeReport };

/** Prints what a file or a folder holds: an RDB, an AOF, a multi-part appendonlydir or its manifest. */
export async function decodeFile(name: string, out: LineWriter, signal: AbortSignal): Promise<DecodeReport> {
  const keys = new KeyPrinter(out);
  const report = { ...keys.counts, commands: 0, droppedBytes: 0, garbageBytes: 0 };
  const work = { out, keys, signal, report };
  const manifest = await manifestOf(name);
  if (manifest === undefined) await decodePart(name, work);
  else await decodeParts(manifest, work);
  await out.flush();
  return { ...report, ...keys.counts };
}

async function manifestOf(name: string): Promise<Buffer | undefined> {
  try {
    if (!(await stat(name)).isDirectory()) return name.endsWith('.manifest') ? Buffer.from(name) : undefined;
    const names = await readdir(name, { encoding: 'buffer' });
    const manifests = names.filter((file) => file.toString('latin1').endsWith('.manifest'));
    if (manifests.length === 1) return join(name, manifests[0] as Buffer);
    const reason = `the folder holds ${manifests.length === 0 ? 'none' : 'more than one'}`;
    throw new FerryError('aof.bad_manifest', { file: name, reason });
  } catch (error) {
    throw fileError(error, name);
  }
}

async function decodeParts(manifest: Buffer, work: Work): Promise<void> {
  const bytes = await readFile(manifest).catch((error: unknown) => {
    throw fileError(error, manifest);
  });
  const parts = readManifest(bytes, String(manifest));
  const folder = path.dirname(String(manifest));
  for (const [i, part] of parts.entries()) {
    const dropped = work.report.droppedBytes;
    const end = await decodePart(partPath(folder, part), work);
    if (work.report.droppedBytes > dropped && i < parts.length - 1) {
      throw new FerryError('aof.truncated', { file: String(part.name), offset: end });
    }
  }
}

const partPath = (folder: string, part: AofPart) => join(folder, part.name);
const join = (folder: string, name: Buffer) => Buffer.concat([Buffer.from(folder + path.sep), name]);

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
