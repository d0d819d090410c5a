import type { PreflightRow } from '@cacheferry/contract';
import { fill } from '@cacheferry/kernel';
import { useQuery } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useCodeTexts } from '../../../i18n/problem-text.ts';
import { knownRow } from './row-names.ts';

export type RowTexts = Record<string, Record<string, { message: string; fix?: string }>>;
type RowText = { name: string; message: string; fix: string };

/** Name, message and fix of a preflight row in the language of the page, by its id, code and facts; else as the server wrote them. */
export function useRowText(): (row: PreflightRow) => RowText {
  const { t, i18n } = useTranslation();
  const isChinese = i18n.language === 'zh';
  const codes = useCodeTexts();
  const { data: rows } = useQuery({
    queryKey: ['texts', 'preflight', 'zh'],
    queryFn: async (): Promise<RowTexts> => (await import('../../../i18n/data/preflight-zh.json')).default,
    enabled: isChinese,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: Number.POSITIVE_INFINITY,
  });
  return (row) => {
    const known = knownRow(row.id);
    const name = known ? t(`preflight.row.${known}`) : row.id;
    const facts = row.facts ?? {};
    const code = row.code ?? '';
    const own = isChinese ? rows?.[row.id]?.[code] : undefined;
    if (own) return { name, message: fill(own.message, facts), fix: fill(own.fix ?? '', facts) };
    const byCode = isChinese ? codes?.[code] : undefined;
    if (byCode) return { name, message: fill(byCode.title, facts), fix: fill(byCode.fix, facts) };
    if (row.status === 'skipped')
      return { name, message: t('preflight.skipped', { name: prerequisiteOf(row, t) }), fix: '' };
    return { name, message: row.message, fix: row.fix };
  };
}

function prerequisiteOf(row: PreflightRow, t: TFunction): string {
  const id = String(row.facts?.prerequisite ?? '');
  const known = knownRow(id);
  return known ? t(`preflight.row.${known}`) : id;
}
