import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import en from './en.json';
import zh from './zh.json';

type Texts = { [name: string]: string | Texts };

const flatten = (texts: Texts, prefix = ''): [string, string][] =>
  Object.entries(texts).flatMap(([name, value]) =>
    typeof value === 'string' ? [[prefix + name, value] as [string, string]] : flatten(value, `${prefix}${name}.`),
  );
const english = new Map(flatten(en));
const chinese = new Map(flatten(zh));
/** Chinese has one plural form, English two: compared and used by the name before the form. */
const base = (key: string): string => key.replace(/_(one|other)$/, '');
const bases = (texts: Map<string, string>): string[] => [...new Set([...texts.keys()].map(base))].sort();
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\{?\w+\}?\}/g) ?? [])].sort();

const sources = path.resolve(import.meta.dirname, '..');
const code = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(?<!\.test)\.tsx?$/.test(file))
  .map((file) => readFileSync(path.join(sources, file), 'utf8'))
  .join('\n');
const literals = new Set([...code.matchAll(/'([a-z][\w-]*(?:\.[\w-]+)+)'/gi)].map((match) => match[1]));
const templates = [...code.matchAll(/`([a-z][\w-]*\.[^`]*\$\{[^`]*)`/gi)].map(
  (match) => new RegExp(`^${(match[1] ?? '').replace(/[.*+?^()|[\]\\]/g, '\\$&').replace(/\$\{[^}]*\}/g, '.+')}$`),
);

describe('texts', () => {
  test('both languages have the same keys', () => expect(bases(chinese)).toEqual(bases(english)));

  test('both languages fill the same facts', () => {
    const differing = [...english].filter(([key, text]) => {
      const other = chinese.get(key) ?? chinese.get(`${base(key)}_other`) ?? '';
      const [mine, theirs] = [placeholders(text), placeholders(other)];
      return theirs.join() !== mine.filter((name) => theirs.includes(name) || !key.endsWith('_one')).join();
    });
    expect(differing.map(([key]) => key)).toEqual([]);
  });

  test('no text is empty', () =>
    expect([...english, ...chinese].filter(([, text]) => text.trim() === '').map(([key]) => key)).toEqual([]));

  test('every key is used', () => {
    const unused = bases(english).filter((key) => !literals.has(key) && !templates.some((shape) => shape.test(key)));
    expect(unused).toEqual([]);
  });

  test('every key that is asked for exists', () => {
    const asked = [...code.matchAll(/\bt\(\s*'([^']+)'/g)].map((match) => match[1] ?? '');
    const known = new Set([...english.keys(), ...bases(english)]);
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
  });

  test('plurals have the forms of their language', () => {
    const plural = [...english.keys()].filter((key) => key.endsWith('_one')).map(base);
    expect(plural.filter((key) => !english.has(`${key}_other`) || !chinese.has(`${key}_other`))).toEqual([]);
  });
});
