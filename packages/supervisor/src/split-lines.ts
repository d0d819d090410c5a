import { FerryError } from '@cacheferry/kernel';

const mostLineBytes = 256 * 1024;

/** Cuts a stream of bytes into lines. Throws `machine.protocol` when a line never ends. */
export class LineSplitter {
  readonly #host: string;
  #rest: Buffer = Buffer.alloc(0);

  constructor(host: string) {
    this.#host = host;
  }

  /** The lines that are whole now, without their line break. */
  push(bytes: Buffer): string[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const lines: string[] = [];
    let start = 0;
    for (let end = all.indexOf(0x0a); end >= 0; end = all.indexOf(0x0a, start)) {
      if (end > start) lines.push(all.toString('utf8', start, end));
      start = end + 1;
    }
    this.#rest = Buffer.from(all.subarray(start));
    if (this.#rest.length > mostLineBytes)
      throw new FerryError('machine.protocol', { host: this.#host, reason: 'a line does not end' });
    return lines;
  }
}

/** A line as a JSON object. Throws `machine.protocol`. */
export function readObject(line: string, host: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return Object.fromEntries(Object.entries(value));
  } catch {
    // Told below, with what came.
  }
  throw new FerryError('machine.protocol', {
    host,
    reason: `no JSON object: ${line.slice(0, 60).replace(/[^\x20-\x7e]/g, '?')}`,
  });
}
