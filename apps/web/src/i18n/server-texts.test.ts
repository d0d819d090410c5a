import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { noteTexts } from '@cacheferry/importer';
import { errorCatalogue } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import notes from './data/notes-zh.json';
import phrases from './data/phrases-zh.json';
import preflight from './data/preflight-zh.json';
import problems from './data/problems-zh.json';
import { phraseIn } from './phrases.ts';

const placeholders = (text: string): string[] => [...new Set(text.match(/\{\{?\w+\}?\}/g) ?? [])].sort();
const packages = path.resolve(import.meta.dirname, '../../../../packages');
const filesOf = (folder: string): { file: string; text: string }[] =>
  readdirSync(path.join(packages, folder))
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    .map((file) => ({ file, text: readFileSync(path.join(packages, folder, file), 'utf8') }));
const all = (text: string, shape: RegExp): string[] => [...text.matchAll(shape)].map((match) => match[1] ?? '');

describe('texts by code in Chinese', () => {
  const catalogue: Record<string, { title: string; fix: string }> = errorCatalogue;

  test('every error code has its title and fix', () => {
    const missing = Object.keys(catalogue).filter((key) => !(key in problems));
    expect(missing).toEqual([]);
  });

  test('no text is left of a code that is gone', () =>
    expect(Object.keys(problems).filter((key) => !(key in catalogue))).toEqual([]));

  test('they fill the facts that the English text fills', () => {
    const differing = Object.entries(problems as Record<string, { title: string; fix: string }>).filter(
      ([key, own]) => {
        const spec = catalogue[key];
        return spec && placeholders(own.title + own.fix).join() !== placeholders(spec.title + spec.fix).join();
      },
    );
    expect(differing.map(([key]) => key)).toEqual([]);
  });
});

describe('rows of the preflight in Chinese', () => {
  type Own = { message?: string; observed?: string; expected?: string; fix?: string };
  const known = preflight as Record<string, Record<string, Own>>;
  const outcomes = filesOf('engine/src/preflight/checks').flatMap(({ file, text }) =>
    [...text.matchAll(/(\w+): \{\s*status: '(\w+)'/g)].map(([, name = '', status]) => ({
      name: `${file} ${name}`,
      needsValues: status !== 'pass',
      own: all(text, /\bid: '([\w.]+)'/g).map((id) => known[id]?.[name] ?? {}),
    })),
  );

  test('are read from the sources', () => expect(outcomes.length).toBeGreaterThan(120));

  test('have their message', () =>
    expect(outcomes.filter(({ own }) => !own.every(({ message }) => message)).map(({ name }) => name)).toEqual([]));

  test('say what was found and what was wanted, where somebody has to look', () => {
    const silent = outcomes.filter(
      ({ own, needsValues }) => needsValues && !own.every(({ observed, expected }) => observed && expected),
    );
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test('are filled from facts that the engine gives', () => {
    const engine = [...filesOf('engine/src/preflight/checks'), ...filesOf('engine/src/preflight')];
    const words = new Set(engine.flatMap(({ text }) => all(text, /\b(\w+)\b/g)));
    const names = Object.values(known).flatMap((row) =>
      Object.values(row).flatMap((own) => Object.values(own).flatMap((text) => all(text, /\{(\w+)\}/g))),
    );
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });

  test('leave no value in English that an error of the catalogue comes with', () => {
    const wanted = filesOf('engine/src/preflight/checks').flatMap(({ text }) => [
      ...all(text, /\bfailure\([^;]*, '([^']+)'\)/g),
      ...(/failure\(\w[\w.]*, expected\)/.test(text) ? all(text, /const expected = '([^']+)'/g) : []),
    ]);
    expect(wanted).toContain('signed in');
    expect(wanted.filter((text) => phraseIn(phrases)(text) === text)).toEqual([]);
  });

  test('name in Chinese what is lost with a right', () => {
    const text = readFileSync(path.join(packages, 'engine/src/preflight/permissions.ts'), 'utf8');
    const lost = [...all(text, /wish\('([^']+)'/g), ...all(text, /^const (?:checks|mending|limits) = '([^']+)'/gm)];
    expect(lost.length).toBeGreaterThan(5);
    expect(lost.filter((words) => phraseIn(phrases)(words) === words)).toEqual([]);
  });
});

describe('phrases', () => {
  const phrase = phraseIn(phrases);

  test('fill what their English text fills', () =>
    expect(
      Object.entries(phrases).filter(([text, own]) => placeholders(text).join() !== placeholders(own).join()),
    ).toEqual([]));

  test.each([
    ['3 bytes', '3 字节'],
    ['Redis 7.2, format 11', 'Redis 7.2，格式 11'],
    ['ttl:x: it needs >, >=, < or <= before the number', 'ttl:x: 数字前需要 >、>=、< 或 <='],
    ['the look at its limits; the comparison of clocks', '对其限制的查看; 时钟比较'],
    ['ERR what a server says: itself', 'ERR what a server says: itself'],
    ['constructor', 'constructor'],
  ])('%s', (text, own) => expect(phrase(text)).toBe(own));

  test('there is one for every sentence of the log', () => {
    const folders = ['engine/src', 'verify/src'];
    const sources = folders.flatMap((folder) =>
      readdirSync(path.join(packages, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => /(?<!\.test)\.ts$/.test(file))
        .map((file) => readFileSync(path.join(packages, folder, file), 'utf8')),
    );
    const said = sources.flatMap((text) => [
      ...all(text, /\blog\??\.(?:info|warn|error)\(\s*'([^']+)'/g),
      ...all(text, /\bnote\('(?:warn|error)', '([^']+)'/g),
      ...all(text, /\b(?:text|later) = '([A-Z][^']+)'/g),
    ]);
    expect(said.length).toBeGreaterThan(25);
    expect(said.filter((text) => phrase(text) === text)).toEqual([]);
  });

  test('there is one for every word about a connection to a machine', () => {
    const said = filesOf('remote/src').flatMap(({ text }) => [
      ...all(text, /\b(?:reason|step): '([^']+)'/g),
      ...all(text, /^ {2}E[A-Z_]+: '([^']+)'/gm),
      ...all(text, /methodNames = (\{[^}]*\})/g).flatMap((table) => all(table, /'([^']+)'/g)),
    ]);
    expect(said).toEqual(expect.arrayContaining(['its name is unknown', 'connecting', 'private key']));
    expect(said.filter((text) => !Object.hasOwn(phrases, text))).toEqual([]);
  });

  test('there is one for every fault of a rule', () => {
    const faults = filesOf('contract/src/rules').flatMap(({ text }) => [
      ...all(text, /new RuleFault\('([^']+)'/g),
      ...all(text, /new RuleFault\(`([^`]+)`\)/g).filter((template) => !template.includes('?')),
    ]);
    const shown = faults.map((text) => text.replace(/\$\{[^}]*\}/g, '7').replaceAll('\\\\', '\\'));
    expect(shown.length).toBeGreaterThan(15);
    expect(shown.filter((text) => phrase(text) === text)).toEqual([]);
  });
});

describe('notes of what a configuration could not bring', () => {
  test('are all there', () => expect(Object.keys(notes).sort()).toEqual(Object.keys(noteTexts).sort()));

  test('fill what the English text fills', () => {
    const own: Record<string, string> = notes;
    const differing = Object.entries(noteTexts).filter(
      ([code, text]) => placeholders(text).join() !== placeholders(own[code] ?? '').join(),
    );
    expect(differing).toEqual([]);
  });
});
