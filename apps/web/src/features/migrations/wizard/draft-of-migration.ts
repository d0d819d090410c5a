import type { EndpointView, Migration } from '@cacheferry/contract';
import { type Draft, type EndDraft, emptyDraft, emptyEnd } from './draft.ts';
import { addressFromUrl } from '../../endpoints/address/address-url.ts';

/** A draft with what a migration was run with. Passwords are not known to the page, so they are asked for again. */
export function draftOfMigration(migration: Migration): Draft {
  const { options } = migration;
  const { filter, exclude, dbMap, keyPrefix, ...same } = options;
  return {
    ...emptyDraft,
    ...same,
    name: migration.name,
    source: endOf(migration.source),
    target: endOf(migration.target),
    mode: migration.mode,
    filter: filter.join('\n'),
    exclude: exclude.join('\n'),
    dbMap: dbMap.join('\n'),
    keyPrefix: keyPrefix.join('\n'),
    machineId: migration.machineIds[0] ?? null,
    moreMachines: migration.machineIds.slice(1),
  };
}

function endOf({ endpointId, url, hasPassword }: EndpointView): EndDraft {
  const { address } = addressFromUrl(url);
  if (endpointId !== null) return { ...emptyEnd, how: 'saved', endpointId, savedKind: address.kind };
  return { ...emptyEnd, ...address, hasPassword };
}
