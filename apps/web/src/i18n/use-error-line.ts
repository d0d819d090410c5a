import { fill, toFerryError } from '@cacheferry/kernel';
import { inPhrases } from './phrases.ts';
import { useCodeTexts } from './problem-text.ts';
import { usePhrase } from './use-phrase.ts';

/** Turns an error that arose in this page into one line, in its language. */
export function useErrorLine(): (error: unknown) => string {
  const codes = useCodeTexts();
  const phrase = usePhrase();
  return (error) => {
    const { code, facts, message, fix } = toFerryError(error);
    const own = codes?.[code];
    return own ? fill(`${own.title}。${own.fix}`, inPhrases(facts, phrase)) : `${message}. ${fix}`;
  };
}
