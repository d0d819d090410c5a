import { type FilePart } from '../files/file-plan.ts';
import { readChunks } from '../files/read-chunks.ts';

/** Every file of an AOF begins in database 0, whatever the one before ended with. */
const selectFirst = Buffer.from('*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n');

/** The commands of several files as one stream with offsets, as a source sends it. */
export class FileStream {
  readonly #parts: { start: number; end: number; file: FilePart }[] = [];
  /** Offset behind the last byte. */
  readonly end: number;

  constructor(files: readonly FilePart[]) {
    let at = 0;
    for (const file of files) {
      const end = at + selectFirst.length + file.to - file.from;
      this.#parts.push({ start: at, end, file });
      at = end;
    }
    this.end = at;
  }

  /** The bytes from an offset on; each piece is valid until the next one is asked for. */
  async *read(from: number, signal: AbortSignal): AsyncGenerator<Buffer> {
    for (const { start, end, file } of this.#parts) {
      if (end <= from) continue;
      const passed = Math.max(0, from - start);
      if (passed < selectFirst.length) yield selectFirst.subarray(passed);
      const begin = file.from + Math.max(0, passed - selectFirst.length);
      yield* readChunks(file.path, signal, { from: begin, to: file.to });
    }
  }
}
