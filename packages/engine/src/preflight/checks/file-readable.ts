import { access, constants, open, stat } from 'node:fs/promises';
import type { Endpoint } from '@cacheferry/contract';
import type { Check, Finding } from '../check.ts';
import { formatBytes } from '../units.ts';

/** Whether the files of the source can be read from here, and begin like what they are said to be. */
export const fileReadable: Check = {
  id: 'file.readable',
  scope: 'source',
  outcomes: {
    readable: { status: 'pass', message: '{size} can be read' },
    unreadable: {
      status: 'fail',
      message: '{file} cannot be read: {reason}',
      fix: 'Check path and rights on the machine that runs the migration.',
    },
    empty: { status: 'fail', message: '{file} is empty', fix: 'Take a whole file.' },
    not_rdb: {
      status: 'fail',
      message: '{file} does not begin like an RDB file',
      fix: 'Give a dump.rdb, plain or packed by gzip or zstd.',
    },
  },
  applies: ({ source }) => source.isFile,
  run: async ({ source }) => {
    const paths = pathsOf(source.endpoint);
    const found = await Promise.all(paths.map((file) => lookAt(file, source.endpoint.kind === 'rdb')));
    const bad = found.find((finding) => typeof finding !== 'number');
    if (typeof bad === 'object') return bad;
    const size = formatBytes(found.reduce<number>((sum, bytes) => sum + Number(bytes), 0));
    return { outcome: 'readable', observed: size, expected: 'readable', facts: { size } };
  },
};

function pathsOf(endpoint: Endpoint): string[] {
  if (endpoint.kind === 'rdb') return endpoint.paths;
  return endpoint.kind === 'aof' || endpoint.kind === 'memcached-dump' ? [endpoint.path] : [];
}

/** Its size, or what is wrong with it. */
async function lookAt(file: string, isRdb: boolean): Promise<number | Finding> {
  const expected = 'readable';
  try {
    await access(file, constants.R_OK);
    const { size, isDirectory } = await stat(file).then((s) => ({ size: s.size, isDirectory: s.isDirectory() }));
    if (isDirectory) return isRdb ? notRdb(file, 'a folder') : size;
    if (size === 0) return { outcome: 'empty', observed: '0 bytes', expected, facts: { file } };
    if (isRdb && !isKnownStart(await firstBytes(file))) return notRdb(file, 'another kind of file');
    return size;
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    return { outcome: 'unreadable', observed: reason, expected, facts: { file, reason } };
  }
}

const notRdb = (file: string, found: string): Finding => ({
  outcome: 'not_rdb',
  observed: found,
  expected: 'readable',
  facts: { file, found },
});

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(6), 0, 6, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** REDIS, VALKEY, or what gzip and zstd begin with. */
function isKnownStart(bytes: Buffer): boolean {
  const hex = bytes.toString('hex');
  return (
    bytes.subarray(0, 5).equals(Buffer.from('REDIS')) ||
    bytes.equals(Buffer.from('VALKEY')) ||
    /^(1f8b|28b52ffd)/.test(hex)
  );
}
