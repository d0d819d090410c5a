import { createHash } from 'node:crypto';
import type { EndpointFacts, Job, MigrationOptions } from '@cacheferry/contract';

export type Approved = {
  job: Pick<Job, 'mode'>;
  options: MigrationOptions;
  source: { url: string; facts: EndpointFacts };
  target: { url: string; facts: EndpointFacts };
};

/**
 * A name for exactly what was looked at: both addresses (without secrets), the settings that shape what is written, and
 * of both ends product, version, role and identity, of the target also whether it was empty. Anything that grows by
 * itself (keys, memory) is left out.
 */
export function digestOf({ job, options, source, target }: Approved): string {
  const identity = ({ url, facts }: Approved['source']) => [
    url,
    facts.kind,
    facts.product,
    facts.version,
    facts.role,
    facts.runId,
  ];
  const isEmpty = target.facts.keys === null ? null : target.facts.keys === 0;
  const whole = ['cacheferry preflight 1', job.mode, shaping(options), identity(source), identity(target), isEmpty];
  return createHash('sha256').update(JSON.stringify(whole)).digest('hex');
}

/** How fast it goes does not change what arrives. */
const pace = new Set(['rateKeys', 'rateBytes', 'batch', 'connections', 'spoolMaxBytes', 'bigKeyBytes']);
const shaping = (options: MigrationOptions): [string, unknown][] =>
  Object.entries(options)
    .filter(([name]) => !pace.has(name))
    .sort(([a], [b]) => (a < b ? -1 : 1));
