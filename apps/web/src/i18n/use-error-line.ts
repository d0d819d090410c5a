import { fill, toFerryError } from '@cacheferry/kernel';
import { ProblemError } from '../app/http/problem-error.ts';
import { inPhrases } from './phrases.ts';
import { useCodeTexts, useProblemText } from './problem-text.ts';
import { usePhrase } from './use-phrase.ts';

/** Turns an error, whether it arose in this page or on the server, into one line in the language of the page. */
export function useErrorLine(): (error: unknown) => string {
  const codes = useCodeTexts();
  const phrase = usePhrase();
  const textOf = useProblemText();
  const line = (title: string, fix: string) => (codes ? `${title}。${fix}` : `${title}. ${fix}`);
  return (error) => {
    if (error instanceof ProblemError) {
      const { title, fix } = textOf(error.problem);
      return line(title, fix);
    }
    const { code, facts, message, fix } = toFerryError(error);
    const own = codes?.[code];
    return own ? fill(line(own.title, own.fix), inPhrases(facts, phrase)) : line(message, fix);
  };
}
