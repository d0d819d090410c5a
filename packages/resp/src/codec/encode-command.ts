/** An argument of a command; texts are sent as UTF-8, numbers in decimal. */
export type Argument = string | number | bigint | Uint8Array;
export type Command = readonly Argument[];

/** One command as the bytes of a RESP array of bulk strings. */
export function encodeCommand(args: Command): Buffer {
  return encodeCommands([args]);
}

/** Many commands in one buffer, made with one allocation. */
export function encodeCommands(commands: readonly Command[]): Buffer {
  const writer = new CommandWriter(sizeOf(commands));
  for (const args of commands) {
    writer.begin(args.length);
    for (const arg of args) writer.argument(arg);
  }
  return writer.take();
}

/**
 * Builds commands in one growing buffer, without an object per argument: `begin(3)`, then three arguments.
 *
 * The hot path writes keys and values straight from slices of what it read. `take` hands the bytes over and starts anew.
 */
export class CommandWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(startBytes = 65_536) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, startBytes));
  }

  get length(): number {
    return this.#length;
  }

  begin(argumentCount: number): void {
    this.#head(0x2a, argumentCount);
  }

  argument(value: Argument): void {
    if (typeof value === 'object') this.bulk(value);
    else this.text(typeof value === 'string' ? value : String(value));
  }

  text(value: string): void {
    const size = Buffer.byteLength(value);
    this.#head(0x24, size);
    this.#reserve(size + 2);
    this.#length += this.#bytes.write(value, this.#length);
    this.#end();
  }

  bulk(value: Uint8Array): void {
    this.#head(0x24, value.length);
    this.#reserve(value.length + 2);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
    this.#end();
  }

  /** Bytes that are protocol already: a whole command, or its constant beginning. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** The bytes so far; the writer is empty afterwards and never touches them again. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length);
    this.#bytes = Buffer.allocUnsafe(this.#bytes.length - this.#length >= 65_536 ? 65_536 : this.#bytes.length);
    this.#length = 0;
    return bytes;
  }

  #head(type: number, value: number): void {
    this.#reserve(20);
    const bytes = this.#bytes;
    bytes[this.#length++] = type;
    if (value < 10) bytes[this.#length++] = 0x30 + value;
    else if (value < 100) {
      bytes[this.#length++] = 0x30 + Math.floor(value / 10);
      bytes[this.#length++] = 0x30 + (value % 10);
    } else this.#length += bytes.write(String(value), this.#length, 'latin1');
    this.#end();
  }

  #end(): void {
    this.#bytes[this.#length++] = 0x0d;
    this.#bytes[this.#length++] = 0x0a;
  }

  #reserve(size: number): void {
    if (this.#length + size <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + size));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function sizeOf(commands: readonly Command[]): number {
  let size = 64;
  for (const args of commands) {
    size += 16;
    for (const arg of args)
      size += 28 + (typeof arg === 'string' ? arg.length * 3 : typeof arg === 'object' ? arg.length : 20);
  }
  return size;
}
