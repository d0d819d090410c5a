import { faultOf, parseKeyPrefix, parseRule } from '@cacheferry/contract';
import type { AddressSecrets, SecretName } from '../../endpoints/address/address.ts';
import { type AddressFault, addressFaults } from '../../endpoints/address/address-faults.ts';
import { secretNames } from '../../endpoints/address/address-url.ts';
import type { Draft, EndDraft, Secrets } from './draft.ts';
import { mib } from '../../../ui/format.ts';

export type EndFault =
  | AddressFault
  | { field: 'endpointId'; reason: 'choose'; line?: string }
  | { field: SecretName; reason: 'again'; line?: string };

/** What is wrong with one end. `secrets`: what is in memory of them now. */
export function endFaults(end: EndDraft, secrets: AddressSecrets): EndFault[] {
  if (end.how === 'saved') return end.endpointId === null ? [{ field: 'endpointId', reason: 'choose' }] : [];
  const [first] = secretNames(end);
  const isLost = end.hasPassword && Object.values(secrets).every((value) => value === '');
  const faults = addressFaults(end);
  return isLost && first !== undefined ? [...faults, { field: first, reason: 'again' }] : faults;
}

const isWithin = (value: number | '', min: number, max: number): boolean =>
  value !== '' && Number.isInteger(value) && value >= min && value <= max;

export type OptionField = 'filter' | 'exclude' | 'dbMap' | 'keyPrefix' | 'batch' | 'connections' | 'bigKeyBytes';
export type OptionFault = { field: OptionField; line: string };

const isUnderstood = (read: (text: string) => unknown) => (line: string) =>
  line.length <= 1_024 && faultOf(line, read) === null;
const forms: [OptionField, (line: string) => boolean][] = [
  ['filter', isUnderstood(parseRule)],
  ['exclude', isUnderstood(parseRule)],
  ['dbMap', (line) => /^(\d{1,6}|\*):\d{1,6}$/.test(line)],
  ['keyPrefix', isUnderstood(parseKeyPrefix)],
];

/** The lines of the options that cannot be. */
export function optionFaults(draft: Draft): OptionFault[] {
  const lines = forms.flatMap(([field, isForm]) =>
    draft[field as 'filter'].split('\n').flatMap((text) => {
      const line = text.trim();
      return line === '' || isForm(line) ? [] : [{ field, line }];
    }),
  );
  if (!isWithin(draft.batch, 1, 10_000)) lines.push({ field: 'batch', line: String(draft.batch) });
  if (!isWithin(draft.connections, 1, 64)) lines.push({ field: 'connections', line: String(draft.connections) });
  if (!isWithin(draft.bigKeyBytes, 65_536, 536_870_912))
    lines.push({ field: 'bigKeyBytes', line: `${draft.bigKeyBytes / mib} MiB` });
  return lines;
}

export const steps = ['source', 'target', 'options', 'preflight', 'review'] as const;
export type WizardStep = (typeof steps)[number];

/** Which steps are complete, so that what comes after them makes sense. */
export function isStepDone(step: WizardStep, draft: Draft, secrets: Secrets): boolean {
  if (step === 'source' || step === 'target') return endFaults(draft[step], secrets[step]).length === 0;
  if (step === 'options') return optionFaults(draft).length === 0;
  return step === 'preflight' && draft.machineId !== null && draft.preflightId !== null;
}
