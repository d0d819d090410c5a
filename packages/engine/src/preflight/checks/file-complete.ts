import { formatCount } from '@cacheferry/kernel';
import { type Check, type CheckContext, failure, type Finding } from '../check.ts';
import { type FileLook, lookIntoFiles } from '../look-into-files.ts';
import { formatBytes } from '../units.ts';

const expected = 'whole, with a checksum';

/** Whether the files of the source are whole and undamaged, up to their end. */
export const fileComplete: Check = {
  id: 'file.complete',
  ...inFiles((look) => judgeLook(look)),
  outcomes: {
    whole: { status: 'pass', message: 'All {size} were read: nothing is damaged, nothing is missing' },
    partly: {
      status: 'pass',
      message: 'Nothing is damaged in what could be read in some seconds; the rest is read before anything is written',
    },
    no_checksum: {
      status: 'warn',
      message: 'All {size} were read, but there is no checksum: a value that was damaged later cannot be told',
      fix: 'Let the server write the file with rdbchecksum yes, or compare what is copied with where it came from.',
    },
    cut: {
      status: 'warn',
      message:
        'The end of {file}, {bytes} {bytes|byte|bytes} from byte {offset} on, is cut off or lacks its EXEC: it is left out',
      fix: 'Take the whole file if those commands matter; a server that still writes it may be in the middle of one.',
    },
    garbage: {
      status: 'warn',
      message: 'Something follows the end of the data in {file}, from byte {offset} on: it is left out',
      fix: 'Make sure that it is the file you mean.',
    },
  },
};

/** What a check that reads the files of the source has in common with others: they are read once, where they can be. */
export function inFiles(judge: (look: FileLook) => Finding): Pick<Check, 'scope' | 'isSlow' | 'applies' | 'run'> {
  const run = async (context: CheckContext) => {
    const needed = await neededFirst(context);
    return needed === null ? judge(await lookIntoFiles(context)) : { skippedBy: needed };
  };
  return { scope: 'source', isSlow: true, applies: isFile, run };
}

/** Whether the source is an RDB or AOF. */
export function isFile({ source }: CheckContext): boolean {
  return source.endpoint.kind === 'rdb' || source.endpoint.kind === 'aof';
}

/** The check that has to pass before a file can be read at all. */
export async function neededFirst({ statusOf }: CheckContext): Promise<string | null> {
  if ((await statusOf('file.readable')) !== 'pass') return 'file.readable';
  return (await statusOf('file.version')) === 'fail' ? 'file.version' : null;
}

/** A damage first, then what is left out. */
export function judgeLook({ problem, plans, isWhole }: FileLook): Finding {
  if (problem !== null) return failure(problem, expected);
  if (!isWhole) return { outcome: 'partly', observed: 'undamaged so far', expected };
  const extents = plans.flatMap(({ rdb, commands }) => (rdb === null ? commands : [rdb, ...commands]));
  const size = formatBytes(extents.reduce((sum, { from, to }) => sum + to - from, 0));
  const note = plans.flatMap(({ notes }) => notes).find(({ kind }) => kind !== 'later');
  const facts = { size, ...note?.facts };
  if (note)
    return { outcome: note.kind, observed: `ends at byte ${formatCount(Number(note.facts.offset))}`, expected, facts };
  const outcome = plans.every(({ isVerified }) => isVerified) ? 'whole' : 'no_checksum';
  return { outcome, observed: outcome === 'whole' ? 'whole' : 'no checksum', expected, facts };
}
