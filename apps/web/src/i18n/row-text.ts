import type { PreflightRow } from '@cacheferry/contract';
import { type ErrorFacts, fill, fillSentence } from '@cacheferry/kernel';
import { inPhrases, type Phrase } from './phrases.ts';

export type RowTexts = Record<
  string,
  Record<string, { message: string; fix?: string; observed?: string; expected?: string }>
>;
export type SaidRow = { message: string; fix: string; observed: string; expected: string };
export type RowLanguage = {
  rows: RowTexts | undefined;
  codes: Record<string, { title: string; fix: string }> | undefined;
  phrase: Phrase;
};

/** The texts of a row by its id, code and facts; else as the server wrote them. */
export function ownText(
  row: Pick<PreflightRow, 'id' | 'code' | 'facts' | 'message' | 'fix' | 'observed' | 'expected'>,
  { rows, codes, phrase }: RowLanguage,
): SaidRow {
  const code = row.code ?? '';
  const facts = inPhrases(row.facts ?? {}, phrase);
  const values = { observed: phrase(row.observed), expected: phrase(row.expected) };
  const own = rows?.[row.id]?.[code];
  if (own) {
    const say = (text: string | undefined, other: string) =>
      text === undefined ? other : fillAll(text, facts, other, fillSentence);
    return {
      message: fillSentence(own.message, facts),
      fix: fill(own.fix ?? '', facts),
      observed: say(own.observed, values.observed),
      expected: say(own.expected, values.expected),
    };
  }
  const byCode = codes?.[code];
  const [message, fix] = byCode ? [fillSentence(byCode.title, facts), fill(byCode.fix, facts)] : [row.message, row.fix];
  // What was found is then the message once more.
  const observed = row.observed === row.message ? '' : values.observed;
  return { message: message ?? '', fix: fix ?? '', observed, expected: values.expected };
}

/** The text with its facts; where an older engine gave one fact less, the other text. */
export function fillAll(text: string, facts: ErrorFacts, other: string, fillBy = fill): string {
  const names = [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] as string);
  return names.every((name) => name in facts) ? fillBy(text, facts) : other;
}

/** The reasons why a run may not start: in another language the first of them, by what the problem tells of its row. */
export function inRows(facts: ErrorFacts, language: RowLanguage): ErrorFacts {
  const { check, outcome, rows, fixes } = facts;
  const isKnown = language.rows?.[String(check)]?.[String(outcome)] ?? language.codes?.[String(outcome)];
  if (!isKnown) return facts;
  const said = ownText(
    {
      id: String(check),
      code: String(outcome),
      facts,
      message: String(rows),
      fix: String(fixes),
      observed: '',
      expected: '',
    },
    language,
  );
  return { ...facts, rows: Number(facts.count) > 1 ? `${said.message} …` : said.message, fixes: said.fix };
}
