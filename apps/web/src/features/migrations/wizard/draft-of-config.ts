import { MigrationOptions } from '@cacheferry/contract';
import { type ForeignJob, type ImportNote, readForeignFile } from '@cacheferry/importer';
import { type AddressSecrets, noSecrets } from '../../endpoints/address/address.ts';
import { addressFromUrl } from '../../endpoints/address/address-url.ts';
import { type Draft, emptyDraft, emptyEnd, type Secrets } from './draft.ts';

/** A draft with its secrets, and the settings of the file that no migration can carry. */
export type FromConfig = { draft: Draft; secrets: Secrets; notes: ImportNote[] };

/**
 * Reads a configuration of RedisShake or redis-migrate-tool as a draft. It stays in this browser, with its passwords.
 * Throws `import.unreadable`, and `endpoint.invalid` for an address that cannot be.
 */
export function draftOfConfig(text: string, machineId: string | null): FromConfig {
  const { job, notes } = readForeignFile(text);
  const { filter, exclude, dbMap, keyPrefix, ...same } = MigrationOptions.parse(job.options);
  const [source, target] = [endOf(job.source), endOf(job.target)];
  return {
    draft: {
      ...emptyDraft,
      ...same,
      source: source.end,
      target: target.end,
      mode: job.mode,
      filter: filter.join('\n'),
      exclude: exclude.join('\n'),
      dbMap: dbMap.join('\n'),
      keyPrefix: keyPrefix.join('\n'),
      machineId,
    },
    secrets: { source: source.secrets, target: target.secrets },
    notes,
  };
}

function endOf({ url, password, sentinelPassword, token }: ForeignJob['source']) {
  const { address, secrets } = addressFromUrl(url);
  const beside = { password, sentinelPassword, token };
  const given = Object.fromEntries(Object.entries(beside).filter(([, value]) => value !== undefined));
  const whole: AddressSecrets = { ...noSecrets, ...secrets, ...given };
  return { end: { ...emptyEnd, ...address }, secrets: whole };
}
