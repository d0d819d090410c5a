import type { CheckMode } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import type { Format } from '../../i18n/use-format.ts';

/** How a check compares, in words. */
export function modeText(mode: CheckMode, t: TFunction, format: Format): string {
  if (mode === 'full' || mode === 'length' || mode === 'keys') return t(`check.mode.${mode}`);
  return t('check.mode.sample', { count: Number(mode.slice(7)), number: format.count(Number(mode.slice(7))) });
}

/** How many conflicts there are over all classes. */
export function conflictTotal(conflicts: Record<string, number>): number {
  return Object.values(conflicts).reduce((sum, count) => sum + count, 0);
}
