import { fill, toFerryError } from '@cacheferry/kernel';
import { useCodeTexts } from './problem-text.ts';

/** Turns an error that arose in this page into one line, in its language. */
export function useErrorLine(): (error: unknown) => string {
  const codes = useCodeTexts();
  return (error) => {
    const { code, facts, message, fix } = toFerryError(error);
    const own = codes?.[code];
    return own ? fill(`${own.title}。${own.fix}`, facts) : `${message}. ${fix}`;
  };
}
