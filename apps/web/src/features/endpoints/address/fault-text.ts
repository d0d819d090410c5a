import type { TFunction } from 'i18next';
import type { AddressFault } from './address-faults.ts';

type Fault = { reason: AddressFault['reason'] | 'choose' | 'again'; line?: string };

/** What to do about a fault of a field, in the language of the page. */
export function faultText({ reason, line }: Fault, t: TFunction): string {
  return t(`wizard.fault.${reason}`, { line: line ?? '' });
}
