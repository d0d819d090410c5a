import type { RepairResult } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import type { Format } from '../../i18n/use-format.ts';

/** How many of the keys that differed were repaired. */
export function repairText({ keysFound, keysRepaired }: RepairResult, t: TFunction, format: Format): string {
  if (keysFound === 0) return t('check.repairedNone');
  const [found, repaired] = [format.count(keysFound), format.count(keysRepaired)];
  return t('check.repaired', { count: keysFound, found, repaired });
}
