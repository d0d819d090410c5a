import { faultOf, parseKeyPrefix, parseRule, readHosts } from '@cacheferry/contract';
import type { Draft, EndDraft, Side } from './draft.ts';

export type EndField = 'host' | 'port' | 'db' | 'password' | 'endpointId' | 'cert' | 'key';
export type EndFault = { field: EndField; reason: 'missing' | 'host' | 'port' | 'db' | 'choose' | 'pair' | 'again' };

/** What is wrong with one end. `password`: what is in memory of it now. */
export function endFaults(end: EndDraft, password: string): EndFault[] {
  if (end.how === 'saved') return end.endpointId === null ? [{ field: 'endpointId', reason: 'choose' }] : [];
  const lost: EndFault[] = end.hasPassword && password === '' ? [{ field: 'password', reason: 'again' }] : [];
  return end.url === null ? [...addressFaults(end), ...lost] : lost;
}

function addressFaults(end: EndDraft): EndFault[] {
  const faults: EndFault[] = [];
  if (end.host.trim() === '') faults.push({ field: 'host', reason: 'missing' });
  else if (!isHost(end.host.trim())) faults.push({ field: 'host', reason: 'host' });
  if (!isWithin(end.port, 1, 65_535)) faults.push({ field: 'port', reason: 'port' });
  if (!isWithin(end.db, 0, 999_999)) faults.push({ field: 'db', reason: 'db' });
  if (end.isTls && (end.cert.trim() === '') !== (end.key.trim() === ''))
    faults.push({ field: end.cert.trim() === '' ? 'cert' : 'key', reason: 'pair' });
  return faults;
}

function isHost(host: string): boolean {
  try {
    const bare = host.replace(/^\[|\]$/g, '');
    return readHosts(bare.includes(':') ? `[${bare}]` : bare, 6379).length === 1;
  } catch {
    return false;
  }
}

const isWithin = (value: number | '', min: number, max: number): boolean =>
  value !== '' && Number.isInteger(value) && value >= min && value <= max;

export type OptionField = 'filter' | 'exclude' | 'dbMap' | 'keyPrefix' | 'batch' | 'connections';
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
  return lines;
}

export const steps = ['source', 'target', 'options', 'preflight', 'review'] as const;
export type WizardStep = (typeof steps)[number];

/** Which steps are complete, so that what comes after them makes sense. */
export function isStepDone(step: WizardStep, draft: Draft, secrets: Record<Side, string>): boolean {
  if (step === 'source' || step === 'target') return endFaults(draft[step], secrets[step]).length === 0;
  if (step === 'options') return optionFaults(draft).length === 0;
  return step === 'preflight' && draft.machineId !== null && draft.preflightId !== null;
}
