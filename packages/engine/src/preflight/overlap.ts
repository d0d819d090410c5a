import type { MigrationRules } from '../rules/migration-rules.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';
import type { CheckContext } from './check.ts';
import { sampleKeys, type SampledKey } from './sample.ts';

export type Overlap = { overlap: readonly { db: number; key: Buffer }[]; sampled: number };

/** Which of the sampled keys of the source the target has, under the database and name that they will get there. */
export async function findOverlap(context: CheckContext): Promise<Overlap> {
  const { source, target, rules } = context;
  const sample = source.isServer ? await sampleKeys(source) : null;
  if (sample === null) return { overlap: [], sampled: 0 };
  const taken = sample.keys.filter(({ db, key }) => rules === null || (rules.takesDb(db) && takesKey(rules, key)));
  const moved = taken.map(({ db, key }) =>
    rules === null ? { db, key } : { db: rules.mapDb(db), key: rules.nameOf(key) },
  );
  const found = (await Promise.all((await target.nodes()).map((node) => existing(node, moved)))).flat();
  const overlap = found.length === 0 && rules === null ? await findFromTarget(context) : found;
  return { overlap, sampled: taken.length };
}

/** The other way round: a few keys of the target among many of the source are missed by a sample of the source. */
async function findFromTarget({ source, target }: CheckContext): Promise<readonly Place[]> {
  const sample = await sampleKeys(target);
  const places = (sample?.keys ?? []).filter(({ key }) => !isBookkeeping(key, 0, key.length));
  const found = await Promise.all((await source.nodes()).map((node) => existing(node, places)));
  return found.flat().map(({ db, key }) => ({ db, key }));
}

type Place = Pick<SampledKey, 'db' | 'key'>;

async function existing(node: Awaited<ReturnType<CheckContext['target']['nodes']>>[number], places: readonly Place[]) {
  const connection = await node.open();
  const found: Place[] = [];
  for (const db of new Set(places.map((place) => place.db))) {
    const here = places.filter((place) => place.db === db);
    const replies = await connection.pipeline([['SELECT', db], ...here.map(({ key }) => ['EXISTS', key] as const)]);
    if (typeof replies[0] !== 'string') continue;
    found.push(...here.filter((_, at) => replies[at + 1] === 1));
  }
  return found;
}

const takesKey = (rules: MigrationRules, key: Buffer): boolean => rules.takesKey(key, 0, key.length);
