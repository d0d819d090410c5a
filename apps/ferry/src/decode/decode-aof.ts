import { readChunks } from '@cacheferry/engine';
import { type AofEnd, type AofSink, AofWalker } from '@cacheferry/rdb';
import { ByteWindow } from './byte-window.ts';
import { CommandPrinter } from './command-printer.ts';
import type { LineWriter } from './line-writer.ts';

export type AofFile = { path: string | Buffer; from: number; signal: AbortSignal };

const nothing: AofSink = { command: () => {} };

/**
 * Prints the commands of an AOF from a byte on. The file is read twice: first to see that it is whole and up to where
 * it counts (a cut tail, a MULTI without EXEC), so that nothing is printed that a server would not load.
 *
 * Throws `aof.corrupt`, `host.file_failed`.
 */
export async function decodeAof(file: AofFile, out: LineWriter): Promise<AofEnd & { commands: number }> {
  const end = await walkAof(file, nothing, async () => {});
  const printer = new CommandPrinter(out, end.validBytes);
  await walkAof(file, printer, () => out.flush());
  return { ...end, commands: printer.commands };
}

async function walkAof(file: AofFile, sink: AofSink, afterWalk: () => Promise<void>): Promise<AofEnd> {
  const walker = new AofWalker(sink, String(file.path), file.from);
  const window = new ByteWindow();
  for await (const chunk of readChunks(file.path, file.signal, { from: file.from })) {
    window.append(chunk);
    if (window.length < walker.needBytes) continue;
    const at = walker.walk(window.buffer, window.start, window.end);
    await afterWalk();
    window.consume(at);
  }
  return walker.finish(window.length);
}
