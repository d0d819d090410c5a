import { once } from 'node:events';
import type { Writable } from 'node:stream';

const inlineBytes = 32_768;
/** Multiple of 3, so that the pieces of a long base64 text fit together. */
const pieceBytes = 98_304;
const writeChars = 65_536;

/**
 * Collects text for an output and writes it out when asked: a walk over bytes cannot wait, its caller can.
 *
 * Long bytes are kept as they are and become base64 only while they are written, so a value of 500 MB needs no text of
 * 700 MB; they must stay unchanged until `flush`.
 */
export class LineWriter {
  readonly #out: Writable;
  #parts: (string | Buffer)[] = [];
  #text = '';
  #isClosed = false;

  constructor(out: Writable) {
    this.#out = out;
    out.once('error', () => this.#close());
    out.once('close', () => this.#close());
  }

  /** Nobody reads any more. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  text(text: string): this {
    this.#text += text;
    if (this.#text.length > writeChars) this.#cut();
    return this;
  }

  /** Bytes as a base64 string in quotes. */
  base64(bytes: Buffer): this {
    if (bytes.length <= inlineBytes) return this.text(`"${bytes.toString('base64')}"`);
    this.text('"').#cut();
    this.#parts.push(bytes);
    return this.text('"');
  }

  /** Writes all that was collected; resolves when the output can take more. */
  async flush(): Promise<void> {
    this.#cut();
    const parts = this.#parts;
    this.#parts = [];
    for (const part of parts) {
      if (typeof part === 'string') await this.#write(part);
      else {
        for (let at = 0; at < part.length; at += pieceBytes) {
          await this.#write(part.toString('base64', at, at + pieceBytes));
        }
      }
    }
  }

  async #write(text: string): Promise<void> {
    if (this.#isClosed || text === '' || this.#out.write(text)) return;
    await once(this.#out, 'drain').catch(() => this.#close());
  }

  #cut(): void {
    if (this.#text !== '') this.#parts.push(this.#text);
    this.#text = '';
  }

  #close(): void {
    this.#isClosed = true;
  }
}
