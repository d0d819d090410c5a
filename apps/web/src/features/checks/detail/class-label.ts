import type { TFunction } from 'i18next';
import { conflictClasses } from '../../../app/search-schema.ts';

/** The name of a class of conflicts; one that this page does not know keeps its code. */
export function classLabel(name: string, t: TFunction): string {
  const known = conflictClasses.find((one) => one === name);
  return known ? t(`conflict.class.${known}`) : name;
}
