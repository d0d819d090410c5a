import { useTranslation } from 'react-i18next';
import { useFormat } from '../i18n/use-format.ts';
import { Badge } from './badge.tsx';
import { useNow } from './use-now.ts';

/** How long ago something was, growing while it is looked at. */
export function Ago({ at }: { at: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(1000);
  const ms = Math.max(0, now - Date.parse(at));
  return (
    <time dateTime={at} title={format.time(at)} className="num">
      {ms < 2000 ? t('time.justNow') : t('time.ago', { duration: format.duration(Math.floor(ms / 1000) * 1000) })}
    </time>
  );
}

/** Marks values that are not fresh: "as of 12:04:31, 40 s old". */
export function AsOf({ at }: { at: string }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(1000);
  const age = format.duration(Math.floor(Math.max(0, now - Date.parse(at)) / 1000) * 1000);
  return <Badge tone="warn">{t('time.asOf', { clock: format.clock(at), age })}</Badge>;
}
