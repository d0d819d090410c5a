import type { PreflightRow } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useCodeTexts } from '../../../i18n/problem-text.ts';
import { nameFields } from '../../../i18n/name-fields.ts';
import { ownText, type RowTexts, type SaidRow } from '../../../i18n/row-text.ts';
import { useChinese } from '../../../i18n/use-chinese.ts';
import { usePhrase } from '../../../i18n/use-phrase.ts';
import { knownRow } from './row-names.ts';

type RowText = SaidRow & { name: string };

/** Name and texts of a preflight row in the language of the page, by its id, code and facts; else as the server wrote them. */
export function useRowText(): (row: PreflightRow) => RowText {
  const { t } = useTranslation();
  const rows: RowTexts | undefined = useChinese('preflight');
  const codes = useCodeTexts();
  const phrase = usePhrase();
  return (row) => {
    const name = nameOf(row.id, t);
    if (row.status !== 'skipped') {
      const said = ownText(row, { rows, codes, phrase });
      return { ...said, name, message: nameFields(said.message, t), fix: nameFields(said.fix, t) };
    }
    const message = t('preflight.skipped', { name: nameOf(String(row.facts?.prerequisite ?? ''), t) });
    return { name, message, fix: '', observed: '', expected: '' };
  };
}

function nameOf(id: string, t: TFunction): string {
  const known = knownRow(id);
  return known ? t(`preflight.row.${known}`) : id;
}
