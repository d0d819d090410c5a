import type { Job, KeyPreview, MigrationOptions, PreviewedKey } from '@cacheferry/contract';
import { FerryError, printableKey } from '@cacheferry/kernel';
import { openTopology } from '@cacheferry/topology';
import { End } from '../preflight/end.ts';
import { endpointOfJob } from '../preflight/endpoint-of-job.ts';
import { sampleKeys } from '../preflight/sample.ts';
import { type MigrationRules, rulesOf } from '../rules/migration-rules.ts';
import { isBookkeeping } from '../write/bookkeeping.ts';
import { type SeenKey, seeValues } from './see-values.ts';

/** So many of each kind are shown. */
const shownOfEach = 60;

/**
 * What the rules of a job make of a sample of the source's keys. Changes nothing.
 *
 * Throws `endpoint.*` when the source cannot be asked, `endpoint.unsupported` for a source that is no server.
 */
export async function previewRules(
  job: Pick<Job, 'source' | 'target'>,
  options: MigrationOptions,
  { signal, now }: { signal: AbortSignal; now: () => number },
): Promise<KeyPreview> {
  const end = new End('source', endpointOfJob(job.source), { openTopology, signal });
  try {
    if (!end.isServer) throw new FerryError('endpoint.unsupported', { kind: end.endpoint.kind, role: 'source' });
    const attempt = await end.attempt();
    if ('error' in attempt) throw attempt.error;
    for (const node of attempt.nodes) {
      const opened = await node.attempt();
      if ('error' in opened) throw opened.error;
    }
    const sample = await sampleKeys(end);
    if (sample === null)
      throw new FerryError('endpoint.no_permission', { endpoint: end.url, user: 'default', command: 'scan' });
    const rules = rulesOf(options, end.endpoint, endpointOfJob(job.target));
    // What a migration has noted there is not copied, and a key may have gone since it was found.
    const there = sample.keys.filter(({ key, type }) => type !== 'none' && !isBookkeeping(key, 0, key.length));
    const seen = await seeValues(there, rules, now);
    const judge = judgeBy(rules, options, end, endpointOfJob(job.target));
    const keys = seen.map((key) => judge(key, now()));
    return { ...countOf(keys), isWhole: sample.isWhole, keys: someOfEach(keys) };
  } finally {
    await end.close();
  }
}

type Judge = (seen: SeenKey, nowMs: number) => PreviewedKey;

function judgeBy(rules: MigrationRules | null, options: MigrationOptions, source: End, target: End['endpoint']): Judge {
  const lone = options.exclude.map((text) => {
    const one = { ...options, filter: [], exclude: [text], keyPrefix: [], dbMap: [] };
    return { text, rules: rulesOf(one, source.endpoint, target) };
  });
  return (seen, nowMs) => {
    const isTaken = takes(rules, seen, nowMs);
    const because = isTaken ? undefined : lone.find((one) => !takes(one.rules, seen, nowMs))?.text;
    const { db, key, type } = seen;
    return {
      db,
      key: printableKey(key),
      type,
      isTaken,
      because: because ?? null,
      toDb: rules?.mapDb(db) ?? db,
      toKey: printableKey(rules?.nameOf(key) ?? key),
    };
  };
}

function takes(rules: MigrationRules | null, { db, key, facts }: SeenKey, nowMs: number): boolean {
  if (rules === null) return true;
  return rules.takesDb(db) && rules.takesKey(key, 0, key.length) && rules.takesValue(facts, nowMs);
}

const isRenamed = ({ isTaken, db, toDb, key, toKey }: PreviewedKey): boolean =>
  isTaken && (db !== toDb || key !== toKey);

function countOf(keys: readonly PreviewedKey[]): Omit<KeyPreview, 'keys' | 'isWhole'> {
  const taken = keys.filter((key) => key.isTaken).length;
  return { sampled: keys.length, taken, leftOut: keys.length - taken, renamed: keys.filter(isRenamed).length };
}

/** Renamed ones first, then those that are left out, then the rest: of each so many, by name. */
function someOfEach(keys: readonly PreviewedKey[]): PreviewedKey[] {
  const sorted = [...keys].sort((a, b) => (a.key < b.key ? -1 : 1));
  const parts = [
    sorted.filter(isRenamed),
    sorted.filter(({ isTaken }) => !isTaken),
    sorted.filter((key) => key.isTaken && !isRenamed(key)),
  ];
  return parts.flatMap((part) => part.slice(0, shownOfEach));
}
