import { Transform, type TransformCallback } from 'node:stream';

const noiseLimitBytes = 1 << 20;

/**
 * Drops what a login shell prints by itself before the program starts (greetings of a profile, a forced banner): all
 * bytes up to and including the line `MARKER PID`. `noise` keeps the first of it, for messages.
 */
export class DropNoise extends Transform {
  /** The program's process id, once the marker came: what follows is the program's own. */
  pid: number | null = null;
  readonly #line: RegExp;
  readonly #lineBytes: number;
  #held = Buffer.alloc(0);
  #dropped = 0;
  #first = Buffer.alloc(0);

  constructor(marker: string) {
    super();
    this.#line = new RegExp(`\\n${marker} (\\d{1,10})\\n`);
    this.#lineBytes = marker.length + 13;
  }

  get noise(): string {
    return Buffer.concat([this.#first, this.#held]).subarray(0, 300).toString('utf8');
  }

  override _transform(bytes: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    if (this.pid !== null) return done(null, bytes);
    const all = Buffer.concat([this.#held, bytes]);
    const found = this.#line.exec(all.toString('latin1'));
    if (found) {
      this.pid = Number(found[1]);
      this.#held = Buffer.alloc(0);
      return done(null, all.subarray(found.index + found[0].length));
    }
    const keep = Math.min(all.length, this.#lineBytes - 1);
    const gone = all.subarray(0, all.length - keep);
    if (this.#first.length < 300) this.#first = Buffer.concat([this.#first, gone.subarray(0, 300)]);
    this.#dropped += gone.length;
    this.#held = Buffer.from(all.subarray(all.length - keep));
    done(this.#dropped > noiseLimitBytes ? new Error('too much output before the program started') : null);
  }
}
