import { useFormat } from '../i18n/use-format.ts';
import { formatUtc } from './format.ts';

/** A moment in local time, with UTC on hover. */
export function Time({ at, isClock }: { at: string; isClock?: boolean }) {
  const format = useFormat();
  return (
    <time dateTime={at} title={formatUtc(at)} className="num">
      {isClock ? format.clock(at) : format.time(at)}
    </time>
  );
}
