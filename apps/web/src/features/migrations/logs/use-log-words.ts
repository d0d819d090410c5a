import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCodeTexts } from '../../../i18n/problem-text.ts';
import { useChinese } from '../../../i18n/use-chinese.ts';
import { usePhrase } from '../../../i18n/use-phrase.ts';
import type { LogWords } from './line-of.ts';

/** The words in which lines of the log are said, the same object until the language changes. */
export function useLogWords(): LogWords {
  const { t } = useTranslation();
  const rows = useChinese('preflight');
  const codes = useCodeTexts();
  const phrase = usePhrase();
  return useMemo(() => ({ t, server: { rows, codes, phrase } }), [t, rows, codes, phrase]);
}
