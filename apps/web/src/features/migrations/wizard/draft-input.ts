import type { EndpointRef, MigrationInput, MigrationOptions, PreflightInput } from '@cacheferry/contract';
import { type AddressSecrets, linesOf } from '../../endpoints/address/address.ts';
import { typedSecrets, urlOf } from '../../endpoints/address/address-url.ts';
import { type Draft, type EndDraft, modeOf, type Secrets } from './draft.ts';

/** An end as the API takes it, or `undefined` while it is not complete. */
export function refOf(end: EndDraft, secrets: AddressSecrets): EndpointRef | undefined {
  if (end.how === 'saved') return end.endpointId === null ? undefined : { endpointId: end.endpointId };
  const url = urlOf(end);
  return url === undefined ? undefined : { url, ...typedSecrets(end, secrets) };
}

/** The options as the API takes them; lists stand one a line in the form. */
export function optionsOf(draft: Draft): MigrationOptions {
  const {
    onConflict,
    ttlShiftMs,
    ttlCapMs,
    rateKeys,
    rateBytes,
    batch,
    connections,
    spoolMaxBytes,
    bigKeyBytes,
    accept,
  } = draft;
  const lists = {
    filter: linesOf(draft.filter),
    exclude: linesOf(draft.exclude),
    dbMap: linesOf(draft.dbMap),
    keyPrefix: linesOf(draft.keyPrefix),
  };
  const numbers = { ttlShiftMs, ttlCapMs, rateKeys, rateBytes, batch, connections, spoolMaxBytes, bigKeyBytes };
  return { onConflict, accept, ...numbers, ...lists };
}

type Ready = Pick<MigrationInput, 'source' | 'target' | 'mode'> &
  Pick<PreflightInput, 'machineId' | 'moreMachineIds'> & { options: MigrationOptions };

/** What a preflight and the migration are made of, or `undefined` while something is missing. */
export function readyOf(draft: Draft, secrets: Secrets): Ready | undefined {
  const source = refOf(draft.source, secrets.source);
  const target = refOf(draft.target, secrets.target);
  if (!source || !target || draft.machineId === null) return undefined;
  const [machineId = draft.machineId, ...moreMachineIds] = machinesOf(draft);
  const machines = { machineId, ...(moreMachineIds.length === 0 ? {} : { moreMachineIds }) };
  return { source, target, mode: modeOf(draft), ...machines, options: optionsOf(draft) };
}

/** All machines of a draft, the one that runs the checks first. */
export function machinesOf({ machineId, moreMachines }: Pick<Draft, 'machineId' | 'moreMachines'>): string[] {
  return machineId === null ? [] : [...new Set([machineId, ...moreMachines])];
}

/** A mark of everything that the preflight looks at; rates may change without asking again. */
export function markOf(draft: Draft): string {
  const { source, target } = draft;
  const options = { ...optionsOf(draft), rateKeys: 0, rateBytes: 0 };
  return JSON.stringify([source, target, modeOf(draft), machinesOf(draft), options]);
}

/** A name for the migration where nobody gave one. */
export function suggestedName(source: string, target: string): string {
  const short = (text: string) => text.replace(/^[a-z+-]+:(\/\/)?/, '').replace(/^[^@]*@/, '');
  return `${short(source)} → ${short(target)}`.slice(0, 100);
}
