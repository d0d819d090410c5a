import type { Machine } from '@cacheferry/contract';
import type { TFunction } from 'i18next';

/** As the control plane calls the machine that it runs on, until somebody renames it. */
const localName = 'This machine';

/** The name of a machine; the one that nobody chose stands in the language of the page. */
export function machineName({ kind, name }: Pick<Machine, 'kind' | 'name'>, t: TFunction): string {
  return kind === 'local' && name === localName ? t('machine.local') : name;
}
