import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as format from '../ui/format.ts';
import { localeOf } from './language.ts';

/** The formatters of `ui/format.ts` in the language of the page. */
export function useFormat() {
  const { i18n } = useTranslation();
  const locale = localeOf(i18n.language);
  return useMemo(
    () => ({
      locale,
      bytes: (value: number) => format.formatBytes(value, locale),
      byteRate: (value: number) => format.formatByteRate(value, locale),
      count: (value: number) => format.formatCount(value, locale),
      rate: (value: number) => format.formatRate(value, locale),
      duration: (ms: number) => format.formatDuration(ms, locale),
      share: (value: number) => format.formatShare(value, locale),
      time: (at: string | number) => format.formatTime(at, locale),
      clock: (at: string | number) => format.formatClock(at, locale),
    }),
    [locale],
  );
}

export type Format = ReturnType<typeof useFormat>;
