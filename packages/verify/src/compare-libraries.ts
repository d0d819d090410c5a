import { readLibraries } from '@cacheferry/resp';
import { PoolReader } from './pool/pool-reader.ts';
import type { Side } from './side.ts';

/**
 * Names of the source's libraries of functions that the target lacks or has with other code. Empty where a side knows no
 * functions (before 7.0), does not tell of them, or is a pool. Libraries are no keys: no verdict depends on them.
 */
export async function lackingLibraries({ source, target }: { source: Side; target: Side }): Promise<string[]> {
  const [ours, theirs] = await Promise.all([librariesOf(source), librariesOf(target)]);
  if (!ours || !theirs) return [];
  const lacking = [...ours].filter(([name, code]) => !theirs.get(name)?.equals(code));
  return lacking.map(([name]) => name).sort();
}

async function librariesOf({ scan }: Side): Promise<Map<string, Buffer> | null> {
  if (scan instanceof PoolReader) return null;
  const [list] = await scan.pipeline([['FUNCTION', 'LIST', 'WITHCODE']]);
  return readLibraries(list);
}
