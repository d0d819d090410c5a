import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from './en.json';

export type Language = 'en' | 'zh';
const storageKey = 'cacheferry.language';
const tags: Record<Language, string> = { en: 'en', zh: 'zh-CN' };

/** Texts of one language; each is a piece of its own, loaded when it is chosen. */
const loaders: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./en.json'),
  zh: () => import('./zh.json'),
};

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en };
    returnNull: false;
  }
}

/** The language that was chosen, else the one of the browser. */
export function initialLanguage(): Language {
  const stored = readStored();
  if (stored === 'en' || stored === 'zh') return stored;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

/** Loads the first language; nothing is shown before. */
export async function startTexts(): Promise<void> {
  const language = initialLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    resources: { [language]: { translation: (await loaders[language]()).default } },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  mark(language);
}

/** Switches the language and remembers it. */
export async function chooseLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'translation'))
    i18next.addResourceBundle(language, 'translation', (await loaders[language]()).default);
  await i18next.changeLanguage(language);
  mark(language);
  try {
    localStorage.setItem(storageKey, language);
  } catch {
    // Storage may be switched off; the choice then lasts as long as the page.
  }
}

function mark(language: Language): void {
  document.documentElement.lang = tags[language];
}

function readStored(): string | null {
  try {
    return localStorage.getItem(storageKey);
  } catch {
    return null;
  }
}

/** The tag that numbers and dates are written by. */
export function localeOf(language: string): string {
  return language === 'zh' ? tags.zh : tags.en;
}
