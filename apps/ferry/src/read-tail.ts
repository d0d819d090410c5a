import fs from 'node:fs';

/** The last bytes of a file as text; nothing where there is no such file. */
export function readTail(file: string, mostBytes: number): string {
  let handle: number;
  try {
    handle = fs.openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fs.fstatSync(handle);
    const bytes = Buffer.alloc(Math.min(size, mostBytes));
    fs.readSync(handle, bytes, 0, bytes.length, size - bytes.length);
    return bytes.toString('utf8');
  } finally {
    fs.closeSync(handle);
  }
}
