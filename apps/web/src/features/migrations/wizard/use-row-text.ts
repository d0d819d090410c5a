import type { PreflightRow } from '@cacheferry/contract';
import { type ErrorFacts, fill } from '@cacheferry/kernel';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { inPhrases, type Phrase } from '../../../i18n/phrases.ts';
import { type CodeTexts, useCodeTexts } from '../../../i18n/problem-text.ts';
import { useChinese } from '../../../i18n/use-chinese.ts';
import { usePhrase } from '../../../i18n/use-phrase.ts';
import { knownRow } from './row-names.ts';

export type RowTexts = Record<
  string,
  Record<string, { message: string; fix?: string; observed?: string; expected?: string }>
>;
type RowText = { name: string; message: string; fix: string; observed: string; expected: string };
type Said = Omit<RowText, 'name'>;

/** Name and texts of a preflight row in the language of the page, by its id, code and facts; else as the server wrote them. */
export function useRowText(): (row: PreflightRow) => RowText {
  const { t } = useTranslation();
  const rows: RowTexts | undefined = useChinese('preflight');
  const codes = useCodeTexts();
  const phrase = usePhrase();
  return (row) => {
    const name = nameOf(row.id, t);
    if (row.status !== 'skipped') return { name, ...ownText(row, { rows, codes, phrase }) };
    const message = t('preflight.skipped', { name: nameOf(String(row.facts?.prerequisite ?? ''), t) });
    return { name, message, fix: '', observed: '', expected: '' };
  };
}

export function ownText(
  row: PreflightRow,
  { rows, codes, phrase }: { rows: RowTexts | undefined; codes: CodeTexts | undefined; phrase: Phrase },
): Said {
  const code = row.code ?? '';
  const facts = inPhrases(row.facts ?? {}, phrase);
  const values = { observed: phrase(row.observed), expected: phrase(row.expected) };
  const own = rows?.[row.id]?.[code];
  if (own) {
    const say = (text: string | undefined, other: string) => (text === undefined ? other : fillAll(text, facts, other));
    return {
      message: fill(own.message, facts),
      fix: fill(own.fix ?? '', facts),
      observed: say(own.observed, values.observed),
      expected: say(own.expected, values.expected),
    };
  }
  const byCode = codes?.[code];
  const [message, fix] = byCode ? [byCode.title, byCode.fix].map((text) => fill(text, facts)) : [row.message, row.fix];
  // What was found is then the message once more.
  const observed = row.observed === row.message ? '' : values.observed;
  return { message: message ?? '', fix: fix ?? '', observed, expected: values.expected };
}

/** The text with its facts; of a row of an older engine that lacks one, the other. */
function fillAll(text: string, facts: ErrorFacts, other: string): string {
  const names = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  return names.every((name) => name in facts) ? fill(text, facts) : other;
}

function nameOf(id: string, t: TFunction): string {
  const known = knownRow(id);
  return known ? t(`preflight.row.${known}`) : id;
}
