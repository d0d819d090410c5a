import { FerryError } from '@cacheferry/kernel';

/** Less than that is unpacked whatever it is made of. */
const freeBytes = 67_108_864;
const mostPerByte = 1_000;

/** Tells a packed file that becomes more than any data would: it could fill memory and disk, and might never end. */
export class UnpackLimit {
  readonly #path: string;
  #unpacked = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** Notes what came out of the first `packed` bytes of the file. Throws `upload.bomb`. */
  add(bytes: number, packed: number): void {
    this.#unpacked += bytes;
    if (this.#unpacked <= freeBytes || this.#unpacked <= packed * mostPerByte) return;
    throw new FerryError('upload.bomb', { path: this.#path, packed, unpacked: this.#unpacked });
  }
}
