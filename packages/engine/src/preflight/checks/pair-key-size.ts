import { printableKey } from '@cacheferry/kernel';
import { bothServers, type Check, type CheckContext, type Finding } from '../check.ts';
import { type KeySize, measureKeys } from '../measure-keys.ts';
import { formatBytes, mib } from '../units.ts';

const bigBytes = 64 * mib;

/** Keys so large that they hold up everything behind them, or that the target refuses. */
export const pairKeySize: Check = {
  id: 'pair.key_size',
  scope: 'pair',
  outcomes: {
    ordinary: { status: 'pass', message: 'The largest of {sampled} sampled keys takes {size}' },
    big: {
      status: 'warn',
      message: 'Of {sampled} sampled keys some are very large: {keys}',
      fix: 'Leave them out (--exclude) if they are not needed; they take long, and the server stands still for each.',
    },
    refused: {
      status: 'fail',
      message: 'Of {sampled} sampled keys some are larger than the {limit} that the target takes: {keys}',
      fix: 'Raise proto-max-bulk-len on the target, or leave them out (--exclude).',
      overridable: true,
    },
    unknown: { status: 'pass', message: 'The source does not tell the size of its keys' },
  },
  applies: bothServers,
  run: async (context) => {
    const sizes = await measureKeys(context.source);
    return judgeKeySizes(sizes, await smallestLimit(context));
  },
};

/** Strings count against the limit of the target; other types are sent in parts. */
export function judgeKeySizes(sizes: readonly KeySize[] | null, limit: number): Finding {
  const wanted = formatBytes(bigBytes);
  const expected = `below ${wanted}`;
  if (sizes === null) return { outcome: 'unknown', observed: 'unknown', expected };
  const sorted = [...sizes].sort((a, b) => b.bytes - a.bytes);
  const refused = sorted.filter(({ bytes, type }) => type === 'string' && bytes > limit);
  const big = sorted.filter(({ bytes }) => bytes > bigBytes);
  const named = (list: readonly KeySize[]) =>
    list
      .slice(0, 5)
      .map(({ key, bytes }) => `${printableKey(key)} (${formatBytes(bytes)})`)
      .join(', ');
  const size = formatBytes(sorted[0]?.bytes ?? 0);
  const keys = named(refused.length > 0 ? refused : big);
  const outcome = refused.length > 0 ? 'refused' : big.length > 0 ? 'big' : 'ordinary';
  const facts = { sampled: sizes.length, size, keys, wanted, limit: formatBytes(limit) };
  return { outcome, observed: size, expected, facts };
}

async function smallestLimit({ target }: CheckContext): Promise<number> {
  const settings = await Promise.all((await target.nodes()).map((node) => node.config('proto-max-bulk-len')));
  return Math.min(...settings.map((setting) => Number(setting ?? 512 * mib) || 512 * mib));
}
