import { migrationStates, type Problem } from '@cacheferry/contract';
import { type ErrorFacts, errorCatalogue } from '@cacheferry/kernel';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { inPhrases } from './phrases.ts';
import { nameFields } from './name-fields.ts';
import { fillAll, inRows } from './row-text.ts';
import { useChinese } from './use-chinese.ts';
import { usePhrase } from './use-phrase.ts';

export type CodeTexts = Record<string, { title: string; fix: string }>;
export type ProblemText = { title: string; fix: string; detail: string };

const clientCodes = ['unreachable', 'bad_answer', 'broken_page'] as const;
const roles = ['viewer', 'operator', 'admin'] as const;

/** Title and fix of a problem in the language of the page: by its code and facts, else as the server wrote them. */
export function useProblemText(): (problem: Problem) => ProblemText {
  const { t } = useTranslation();
  const translated = useCodeTexts();
  const phrase = usePhrase();
  const rows = useChinese('preflight');
  return (problem) => {
    const ours = clientCodes.find((name) => problem.code === `client.${name}`);
    if (ours) return { title: t(`client.${ours}.title`), fix: t(`client.${ours}.fix`), detail: problem.detail };
    const own = translated?.[problem.code];
    const facts = own
      ? inRows(inPhrases(inWords(problem.facts, t), phrase), { rows, codes: translated, phrase })
      : problem.facts;
    return {
      title: own ? fillAll(own.title, facts, problem.title) : problem.title,
      fix: nameFields(own ? fillAll(own.fix, facts, problem.fix) : problem.fix, t),
      detail: problem.detail === problem.title ? '' : problem.detail,
    };
  };
}

/** The translated texts by error code, or `undefined` where the server's own language is shown. */
export function useCodeTexts(): CodeTexts | undefined {
  return useChinese('problems');
}

/** What a code says where no case of it is at hand: its facts stand as dots. A code that is newer than this page has none. */
export function titleOfCode(code: string, translated: CodeTexts | undefined): string | undefined {
  const texts: CodeTexts = translated ?? errorCatalogue;
  return Object.hasOwn(texts, code) ? texts[code]?.title.replace(/\{\w+\}/g, '…') : undefined;
}

/** States and roles among the facts are codes; in a sentence they stand as words. */
function inWords(facts: ErrorFacts, t: TFunction): ErrorFacts {
  const state = migrationStates.find((name) => name === facts.state);
  const role = roles.find((name) => name === facts.role);
  return {
    ...facts,
    ...(state ? { state: t(`state.${state}`) } : {}),
    ...(role ? { role: t(`role.${role}`) } : {}),
  };
}
