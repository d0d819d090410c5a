import { useMemo } from 'react';
import { type Phrase, phraseIn } from './phrases.ts';
import { useChinese } from './use-chinese.ts';

/** What the server says within a text, in the language of the page. */
export function usePhrase(): Phrase {
  const phrases = useChinese('phrases');
  return useMemo(() => phraseIn(phrases ?? {}), [phrases]);
}
