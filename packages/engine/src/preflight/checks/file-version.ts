import { FerryError } from '@cacheferry/kernel';
import { RdbWalker } from '@cacheferry/rdb';
import { findAofParts } from '../../files/find-aof-parts.ts';
import { readChunks } from '../../files/read-chunks.ts';
import type { Check, CheckContext, Finding } from '../check.ts';
import { type Product, productOf, rdbVersionOf } from '../product.ts';

const expected = 'a format that both know';

/** What the files of the source were written by, and whether the target understands them. */
export const fileVersion: Check = {
  id: 'file.version',
  scope: 'source',
  outcomes: {
    commands: { status: 'pass', message: 'The file holds commands, which are run on the target' },
    fits: { status: 'pass', message: 'The file is of {from}; the target understands all of it' },
    re_encoded: {
      status: 'warn',
      message: 'The file is of {from}, newer than {to}: values are sent in forms that it understands',
      fix: 'Run a full check after the copy, or upgrade the target.',
    },
    unread: {
      status: 'warn',
      message: 'The file cannot be looked at: {reason}',
      fix: 'Take the whole file again. The migration says the exact place of a damage before it writes anything.',
    },
    unsupported: {
      status: 'fail',
      message: 'The file cannot be read by this version: {reason}',
      fix: 'Use a newer version of cacheferry, or let the server that reads the file be the source.',
    },
  },
  applies: ({ source }) => source.endpoint.kind === 'rdb' || source.endpoint.kind === 'aof',
  run: async (context) => {
    if ((await context.statusOf('file.readable')) !== 'pass') return { skippedBy: 'file.readable' };
    try {
      const heads = await Promise.all((await filesOf(context)).map((file) => headOf(file, context.signal)));
      return judgeHeads(heads, await targetProduct(context));
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      return { outcome: 'unread', observed: error.code, expected, facts: { code: error.code, reason: error.message } };
    }
  },
};

/** The beginning of a file; `null`: it holds commands. */
export type FileHead = { magic: 'REDIS' | 'VALKEY'; version: number; server: string } | { reason: string } | null;

/** The newest of them decides. */
export function judgeHeads(heads: readonly FileHead[], to: Product | null): Finding {
  const bad = heads.find((head) => head !== null && 'reason' in head);
  if (bad && 'reason' in bad) {
    return { outcome: 'unsupported', observed: bad.reason, expected, facts: { reason: bad.reason } };
  }
  const known = heads.filter((head) => head !== null && 'version' in head);
  const newest = known.sort((a, b) => b.version - a.version)[0];
  if (!newest) return { outcome: 'commands', observed: 'commands', expected };
  const observed = `${newest.server || newest.magic}, format ${newest.version}`;
  const facts = { from: observed, to: to === null ? 'the target' : `${to.name} ${to.version}` };
  const isForeign = to !== null && (newest.magic === 'VALKEY') !== (to.name === 'Valkey') && newest.version > 11;
  const isNewer = to !== null && (isForeign || newest.version > rdbVersionOf(to));
  return { outcome: isNewer ? 're_encoded' : 'fits', observed, expected, facts };
}

function filesOf({ source: { endpoint } }: CheckContext): Promise<(string | Buffer)[]> {
  if (endpoint.kind === 'rdb') return Promise.resolve(endpoint.paths);
  return endpoint.kind === 'aof' ? findAofParts(endpoint.path) : Promise.resolve([]);
}

async function headOf(file: string | Buffer, signal: AbortSignal): Promise<FileHead> {
  let server = '';
  const aux = (name: Buffer, value: Buffer) => {
    const text = name.toString('latin1');
    if (text === 'redis-ver') server ||= `Redis ${value.toString('latin1').slice(0, 32)}`;
    if (text === 'valkey-ver') server = `Valkey ${value.toString('latin1').slice(0, 32)}`;
  };
  const walker = new RdbWalker({ entry: () => {}, aux }, { verifyChecksum: false });
  for await (const chunk of readChunks(file, signal)) {
    if (chunk[0] === 0x2a || chunk[0] === 0x23) return null;
    try {
      walker.walk(chunk, 0, Math.min(chunk.length, 4_096));
    } catch (error) {
      // Damage further on is found before the copy begins; here only the head counts.
      if (walker.version === 0) return { reason: error instanceof Error ? error.message : String(error) };
    }
    break;
  }
  return walker.version === 0 ? null : { magic: walker.magic, version: walker.version, server };
}

async function targetProduct({ target }: CheckContext): Promise<Product | null> {
  if (!target.isServer) return null;
  const [node] = await target.nodes();
  return node ? productOf(await node.info()) : null;
}
