import { counted } from '@cacheferry/kernel';
import { bothServers, type Check, type CheckContext, type Finding } from '../check.ts';
import { hasFieldTtl, type Product, productOf, rdbVersionOf } from '../product.ts';
import { sampleKeys } from '../sample.ts';

/** Whether the target understands what the source holds. */
export const pairVersion: Check = {
  id: 'pair.version',
  scope: 'pair',
  outcomes: {
    fits: { status: 'pass', message: '{to} understands all that {from} writes' },
    re_encoded: {
      status: 'warn',
      message: '{to} is older than {from}: values are sent in forms that it understands',
      fix: 'Run a full check after the copy, or upgrade the target.',
    },
    field_ttl_accepted: {
      status: 'warn',
      message:
        '{hashes} {hashes|hash has|hashes have} fields with a time to live, which {to} cannot hold: the fields stay for ever',
      fix: 'Upgrade the target if that is not wanted.',
    },
    field_ttl: {
      status: 'fail',
      message: '{hashes} {hashes|hash has|hashes have} fields with a time to live, which {to} cannot hold',
      fix: 'Upgrade the target, or accept that the fields stay for ever: --accept field_ttl.',
      overridable: true,
    },
    streams: {
      status: 'fail',
      message: 'The source has streams, which {to} does not know',
      fix: 'Upgrade the target to 5.0 or newer, or leave those keys out (--exclude).',
      overridable: true,
    },
  },
  applies: bothServers,
  run: async (context) => {
    const [from, to] = [(await sorted(context.source)).at(-1), (await sorted(context.target))[0]];
    if (!from || !to) return { outcome: 'fits', observed: 'unknown', facts: { from: '?', to: '?' } };
    const used = { hashes: await hashesWithFieldTtl(context), hasStreams: await hasStreams(context, to) };
    return judgeVersions(from, to, used, context.options.accept.includes('field_ttl'));
  },
};

export type UsedFeatures = { hashes: number; hasStreams: boolean };

/** Features in use first, then the format. */
export function judgeVersions(from: Product, to: Product, used: UsedFeatures, acceptsLoss: boolean): Finding {
  const facts = { from: `${from.name} ${from.version}`, to: `${to.name} ${to.version}`, hashes: used.hashes };
  const observed = `${facts.from} to ${facts.to}`;
  if (used.hasStreams && to.redisNumber < 50_000)
    return { outcome: 'streams', observed, expected: '5.0 or newer', facts };
  if (used.hashes > 0 && !hasFieldTtl(to)) {
    const outcome = acceptsLoss ? 'field_ttl_accepted' : 'field_ttl';
    return { outcome, observed: `${counted(used.hashes, 'hash', 'hashes')} with such fields`, expected: 'none', facts };
  }
  const isForeign = from.name !== to.name && hasFieldTtl(from);
  const outcome = isForeign || rdbVersionOf(from) > rdbVersionOf(to) ? 're_encoded' : 'fits';
  return { outcome, observed, expected: 'a target as new as the source', facts };
}

/** The products of an end, the oldest first: what the newest of a source writes, the oldest of a target has to read. */
async function sorted(end: CheckContext['source']): Promise<Product[]> {
  const infos = await Promise.all((await end.nodes()).map((node) => node.info()));
  const products = infos.map(productOf).filter((product) => product !== null);
  return products.sort((a, b) => a.redisNumber - b.redisNumber || a.number - b.number);
}

/** Servers that know such fields count them in INFO keyspace. */
async function hashesWithFieldTtl({ source }: CheckContext): Promise<number> {
  const infos = await Promise.all((await source.nodes()).map((node) => node.info()));
  const counts = infos.flatMap((info) => [...info.databases().values()]);
  return counts.reduce((sum, count) => sum + (count.subexpiry ?? count.keys_with_volatile_items ?? 0), 0);
}

async function hasStreams({ source }: CheckContext, to: Product): Promise<boolean> {
  if (to.redisNumber >= 50_000) return false;
  const sample = await sampleKeys(source);
  return sample?.keys.some(({ type }) => type === 'stream') ?? false;
}
