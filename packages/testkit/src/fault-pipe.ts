import type net from 'node:net';

export type Faults = {
  /**
   * `blackhole`: bytes are taken and lost, both ways · `hang`: new connections are taken and never served ·
   * `reset`: connections end by RST · `close`: they end by FIN.
   */
  mode: 'pass' | 'blackhole' | 'hang' | 'reset' | 'close';
  latencyMs: number;
  jitterMs: number;
  /** Bytes per second and direction of each connection; 0: no limit. */
  rate: number;
  /** Bytes of one delivery; 0: as they come. */
  chunk: number;
  /** RST after so many more bytes to the client (down) or the server (up); -1: never. Fires once. */
  cutDown: number;
  cutUp: number;
  /** One bit turns over after so many more bytes; -1: never. Fires once. */
  flipDown: number;
  flipUp: number;
};

export const noFaults: Faults = {
  mode: 'pass',
  latencyMs: 0,
  jitterMs: 0,
  rate: 0,
  chunk: 0,
  cutDown: -1,
  cutUp: -1,
  flipDown: -1,
  flipUp: -1,
};

type PipeOptions = { way: 'up' | 'down'; faults: Faults; count: (bytes: number) => void; cut: () => void };

/** One direction of one connection: bytes go through a queue on which the faults act, in order. */
export class Pipe {
  readonly #from: net.Socket;
  readonly #to: net.Socket;
  readonly #options: PipeOptions;
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #jitter = 7;

  constructor(from: net.Socket, to: net.Socket, options: PipeOptions) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    from.on('data', (bytes: Buffer) => this.#add(bytes));
    from.on('end', () => this.#then(() => this.#lastBytes()));
    from.on('close', () => this.#then(async () => void to.destroySoon()));
  }

  #add(bytes: Buffer): void {
    this.#waiting += bytes.length;
    if (this.#waiting > 1 << 20) this.#from.pause();
    const due = performance.now() + this.#delayMs();
    this.#then(async () => {
      if (due > performance.now()) await sleep(due - performance.now());
      await this.#deliver(bytes);
      this.#waiting -= bytes.length;
      if (this.#waiting <= 1 << 20) this.#from.resume();
    });
  }

  #then(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work, work);
  }

  async #lastBytes(): Promise<void> {
    if (this.#options.faults.mode !== 'blackhole') this.#to.end();
  }

  async #deliver(bytes: Buffer): Promise<void> {
    const { faults, count, cut } = this.#options;
    const size = faults.chunk || (faults.rate ? Math.max(1, Math.ceil(faults.rate / 50)) : bytes.length);
    for (let at = 0; at < bytes.length; at += size) {
      if (faults.mode === 'blackhole') return;
      const part = this.#flip(bytes.subarray(at, at + size));
      const allowed = this.#allowed(part.length);
      if (this.#to.destroyed) return;
      count(allowed);
      const goesOn = this.#to.write(part.subarray(0, allowed));
      if (allowed < part.length) return cut();
      if (faults.rate > 0) await sleep((part.length / faults.rate) * 1000);
      else if (faults.chunk > 0) await new Promise((resolve) => setImmediate(resolve));
      if (!goesOn) await drained(this.#to);
    }
  }

  #flip(part: Buffer): Buffer {
    const { faults, way } = this.#options;
    const name = way === 'up' ? 'flipUp' : 'flipDown';
    const at = faults[name];
    if (at < 0) return part;
    if (at >= part.length) {
      faults[name] -= part.length;
      return part;
    }
    faults[name] = -1;
    const copy = Buffer.from(part);
    copy[at] = (copy[at] ?? 0) ^ 0x10;
    return copy;
  }

  /** How many of the bytes may pass before the cut. */
  #allowed(length: number): number {
    const { faults, way } = this.#options;
    const name = way === 'up' ? 'cutUp' : 'cutDown';
    if (faults[name] < 0) return length;
    if (faults[name] >= length) {
      faults[name] -= length;
      return length;
    }
    const allowed = faults[name];
    faults[name] = -1;
    return allowed;
  }

  #delayMs(): number {
    const { latencyMs, jitterMs } = this.#options.faults;
    this.#jitter = (this.#jitter * 1_103_515_245 + 12_345) % 2_147_483_648;
    return latencyMs + (jitterMs * this.#jitter) / 2_147_483_648;
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function drained(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
    if (socket.destroyed) done();
  });
}
