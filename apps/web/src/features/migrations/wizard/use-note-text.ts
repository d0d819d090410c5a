import { type ImportNote, noteText } from '@cacheferry/importer';
import { fill } from '@cacheferry/kernel';
import { inPhrases } from '../../../i18n/phrases.ts';
import { useChinese } from '../../../i18n/use-chinese.ts';
import { usePhrase } from '../../../i18n/use-phrase.ts';

/** What was not carried over, and why, in the language of the page. */
export function useNoteText(): (note: ImportNote) => string {
  const own = useChinese('notes');
  const phrase = usePhrase();
  return (note) => (own ? fill(own[note.code], inPhrases(note.facts, phrase)) : noteText(note));
}
