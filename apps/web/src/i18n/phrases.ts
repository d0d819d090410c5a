import { type ErrorFacts, fill } from '@cacheferry/kernel';

/** Sentences of the server as they stand in English, with `{name}`s for what changes, and what they are here. */
export type Phrases = Record<string, string>;
export type Phrase = (text: string) => string;

/** Turns what the server says within a text, as a reason or a value, into the other language; unknown words stay. */
export function phraseIn(phrases: Phrases): Phrase {
  const shapes = Object.entries(phrases).filter(([text]) => text.includes('{'));
  const patterns = shapes.map(([text, own]) => [shapeOf(text), own] as const);
  const one: Phrase = (text) => {
    const exact = Object.hasOwn(phrases, text) ? phrases[text] : undefined;
    if (exact !== undefined) return exact;
    for (const [shape, own] of patterns) {
      const parts = shape.exec(text)?.groups;
      if (parts) return fill(own, inPhrases(parts, one));
    }
    // `what it is about: what is wrong`, and several things in a row.
    const colon = text.indexOf(': ');
    const rest = text.slice(colon + 2);
    if (colon >= 0 && one(rest) !== rest) return `${text.slice(0, colon)}: ${one(rest)}`;
    const parts = text.split('; ');
    return parts.length > 1 ? parts.map(one).join('; ') : text;
  };
  return one;
}

/** The facts that are words, each in the other language. */
export function inPhrases(facts: ErrorFacts, phrase: Phrase): ErrorFacts {
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === 'string' ? phrase(value) : value]),
  );
}

const shapeOf = (text: string): RegExp =>
  new RegExp(
    `^${text
      .split(/(\{\w+\})/)
      .map((part) =>
        /^\{\w+\}$/.test(part) ? `(?<${part.slice(1, -1)}>.+)` : part.replace(/[.*+?^$()|[\]\\{}]/g, '\\$&'),
      )
      .join('')}$`,
    's',
  );
