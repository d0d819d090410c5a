import type { ParseKeys } from 'i18next';

/** A text of the language files by its key, where it needs no values. */
export type Say = (key: ParseKeys) => string;
