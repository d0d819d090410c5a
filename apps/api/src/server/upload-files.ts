import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { UploadFiles } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';

/** Keeps the bytes of uploads in a folder, each in a file that is called by its id and that only its owner can read. */
export function createUploadFiles(dir: string): UploadFiles {
  const pathOf = (id: string) => path.join(dir, id);
  const busy = new Set<string>();
  return {
    pathOf,
    create: async (id) => {
      await fs.mkdir(dir, { recursive: true, mode: 0o700 });
      const file = await fs.open(pathOf(id), 'wx', 0o600);
      await file.close();
    },
    size: async (id) => {
      try {
        return (await fs.stat(pathOf(id))).size;
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      }
    },
    append: async (id, more) => {
      if (busy.has(id)) throw new FerryError('upload.busy');
      busy.add(id);
      try {
        return await append(pathOf(id), more);
      } finally {
        busy.delete(id);
      }
    },
    digest: async (id) => {
      const hash = createHash('sha256');
      for await (const chunk of createReadStream(pathOf(id), { highWaterMark: 1024 * 1024 })) hash.update(chunk);
      return hash.digest('hex');
    },
    remove: (id) => fs.rm(pathOf(id), { force: true }),
    list: async () => {
      await fs.mkdir(dir, { recursive: true, mode: 0o700 });
      const found = await Promise.all(
        (await fs.readdir(dir)).filter(isId).map(async (id) => ({ id, touchedAtMs: await touchedAt(pathOf(id)) })),
      );
      return found.flatMap(({ id, touchedAtMs }) => (touchedAtMs === null ? [] : { id, touchedAtMs }));
    },
    freeBytes: async () => {
      await fs.mkdir(dir, { recursive: true, mode: 0o700 });
      const { bavail, bsize } = await fs.statfs(dir);
      return bavail * bsize;
    },
  };
}

type More = Parameters<UploadFiles['append']>[1];

async function append(name: string, { offset, bytes, chunks }: More): Promise<number> {
  // Made anew where it was lost: the upload then begins again.
  const file = await fs.open(name, constants.O_WRONLY | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  try {
    const { size } = await file.stat();
    if (size !== offset) throw new FerryError('upload.wrong_offset', { offset: size });
    let at = offset;
    for await (const chunk of received(chunks)) {
      if (at + chunk.length > bytes)
        throw new FerryError('upload.too_large', { bytes: at + chunk.length, limit: bytes });
      await writeAll(file, chunk, at);
      at += chunk.length;
    }
    if (at === bytes) await file.sync();
    return at;
  } catch (error) {
    if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') throw new FerryError('upload.no_space', {}, error);
    throw error;
  } finally {
    await file.close();
  }
}

/** The bytes of a request; one that its sender breaks off is an ordinary end. */
async function* received(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    throw new FerryError('upload.interrupted', {}, error);
  }
}

async function writeAll(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length)
    done += (await file.write(chunk, done, chunk.length - done, position + done)).bytesWritten;
}

const isId = (name: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name);

/** null: it is gone. */
async function touchedAt(name: string): Promise<number | null> {
  try {
    return (await fs.stat(name)).mtimeMs;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '');
