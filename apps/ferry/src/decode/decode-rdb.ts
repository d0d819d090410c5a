import { RdbWalker } from '@cacheferry/rdb';
import { ByteWindow } from './byte-window.ts';
import type { KeyPrinter } from './key-printer.ts';
import type { LineWriter } from './line-writer.ts';

/** Bigger values are printed while they are read, in the order of the file. */
const partBytes = 4_194_304;

/** What lies behind the end of an RDB: nothing, the commands of an AOF, or bytes that mean nothing. */
export type RdbEnd = { bytes: number; next: 'nothing' | 'commands' | 'garbage' };

/**
 * Prints the keys of an RDB. Stops reading at its end; whether commands follow is told by the next byte.
 *
 * Throws `rdb.…` with the offset; what was printed before stays printed.
 */
export async function decodeRdb(chunks: AsyncIterable<Buffer>, keys: KeyPrinter, out: LineWriter): Promise<RdbEnd> {
  const walker = new RdbWalker(keys, { partBytes });
  const window = new ByteWindow();
  for await (const chunk of chunks) {
    window.append(chunk);
    if (!walker.isDone && window.length >= walker.needBytes) {
      const at = walker.walk(window.buffer, window.start, window.end);
      await out.flush();
      window.consume(at);
    }
    if (out.isClosed) break;
    if (walker.isDone && window.length > 0) break;
  }
  if (!out.isClosed) walker.finish();
  const next = window.buffer[window.start];
  const isCommand = next === 0x2a || next === 0x23;
  return { bytes: walker.consumed, next: window.length === 0 ? 'nothing' : isCommand ? 'commands' : 'garbage' };
}
