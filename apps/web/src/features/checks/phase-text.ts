import type { CheckSnapshot } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import type { Format } from '../../i18n/use-format.ts';

const phases = ['comparing', 'looking_for_extra_keys', 'waiting', 'looking_again'] as const;

/** What a check does at this moment; nothing where an engine names a phase that is not known here. */
export function phaseText(
  { phase, lagBytes }: Pick<CheckSnapshot, 'phase' | 'lagBytes'>,
  t: TFunction,
  format: Pick<Format, 'bytes'>,
): string | null {
  if (lagBytes) return t('check.doing.waiting_for_migration', { bytes: format.bytes(lagBytes) });
  const known = phases.find((one) => one === phase);
  return known ? t(`check.doing.${known}`) : null;
}
