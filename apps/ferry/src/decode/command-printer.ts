import type { AofSink } from '@cacheferry/rdb';
import type { LineWriter } from './line-writer.ts';

/** Prints the commands of an AOF, one JSON line each; SELECT is followed, so that each line says its database. */
export class CommandPrinter implements AofSink {
  commands = 0;
  readonly #out: LineWriter;
  #db = 0;
  /** Bytes from here on belong to a transaction that never ended. */
  readonly #validBytes: number;

  constructor(out: LineWriter, validBytes: number) {
    this.#out = out;
    this.#validBytes = validBytes;
  }

  command(argv: Buffer[], start: number): void {
    if (start >= this.#validBytes) return;
    const [name, argument] = argv;
    if (argv.length === 2 && name?.length === 6 && name.toString('latin1').toUpperCase() === 'SELECT') {
      this.#db = Number(argument?.toString('latin1'));
    }
    this.#out.text(`{"db":${this.#db},"argv":[`);
    argv.forEach((word, i) => this.#out.text(i === 0 ? '' : ',').base64(word));
    this.#out.text(`],"offset":${start}}\n`);
    this.commands++;
  }
}
