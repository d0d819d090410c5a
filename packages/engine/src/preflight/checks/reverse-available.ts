import { bothServers, type Check, type CheckContext, type Finding, onEachNode } from '../check.ts';
import type { End } from '../end.ts';
import { type Product, productOf, rdbVersionOf } from '../product.ts';
import { judgePsync, probePsync } from './source-psync.ts';

const expected = 'its stream, in a format that the source reads';

/** Whether clients that have moved can go back: a migration from the target to the source is what brings their writes there. */
export const reverseAvailable: Check = {
  id: 'reverse.available',
  scope: 'target',
  outcomes: {
    available: {
      status: 'pass',
      message: '{endpoint} can be followed: a migration back to the source is possible, after a copy of everything',
    },
    refused: {
      status: 'warn',
      message: 'Going back would have to read {endpoint} by SCAN: it refuses PSYNC ({reason})',
      fix: 'Allow PSYNC and REPLCONF there before clients move, if you want to be able to go back.',
    },
    hidden: {
      status: 'warn',
      message: 'Going back would have to read {endpoint} by SCAN: PSYNC was renamed or disabled there',
      fix: 'Take rename-command PSYNC out of its configuration before clients move, if you want to be able to go back.',
    },
    downgrade: {
      status: 'warn',
      message: 'Going back would be from {from} to the older {to}: what only the newer one knows cannot be taken along',
      fix: 'Use no new commands or types on the target for as long as you want to be able to go back.',
    },
  },
  applies: (context) => bothServers(context) && context.job.mode === 'sync',
  run: async ({ source, target }: CheckContext) => {
    const oldest = (await productsOf(source))[0] ?? null;
    return onEachNode(target, async (node) => {
      const psync = judgePsync(await probePsync(node));
      return judgeReverse(psync, productOf(await node.info()), oldest);
    });
  },
};

/** `from`: the target, `to`: the oldest server of the source. */
export function judgeReverse(psync: Finding, from: Product | null, to: Product | null): Finding {
  if (psync.outcome !== 'accepted') {
    const outcome = psync.outcome === 'unknown' ? 'hidden' : 'refused';
    return { outcome, observed: psync.observed, expected, facts: psync.facts ?? {} };
  }
  const facts = { from: nameOf(from), to: nameOf(to) };
  const isForeign = from !== null && to !== null && from.name !== to.name && rdbVersionOf(from) > 11;
  const isNewer = from !== null && to !== null && rdbVersionOf(from) > rdbVersionOf(to);
  const outcome = isForeign || isNewer ? 'downgrade' : 'available';
  return { outcome, observed: `${facts.from} to ${facts.to}`, expected, facts };
}

const nameOf = (product: Product | null): string => (product === null ? '?' : `${product.name} ${product.version}`);

async function productsOf(end: End): Promise<Product[]> {
  const infos = await Promise.all((await end.nodes()).map((node) => node.info()));
  const products = infos.map(productOf).filter((product) => product !== null);
  return products.sort((a, b) => a.redisNumber - b.redisNumber || a.number - b.number);
}
