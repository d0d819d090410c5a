const maxText = 2048;

/** What a search of the log looks through: the words and numbers of an event, without the names of its fields. */
export function eventText(body: Record<string, unknown>): string {
  const words: string[] = [];
  let length = 0;
  const add = (value: unknown): void => {
    if (length > maxText) return;
    if (typeof value === 'string' || typeof value === 'number') {
      const word = String(value);
      words.push(word);
      length += word.length + 1;
    } else if (typeof value === 'object' && value !== null) Object.values(value).forEach(add);
  };
  add(body);
  return words.join(' ').slice(0, maxText);
}
