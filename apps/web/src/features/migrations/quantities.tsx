import type { Snapshot } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';

/** Lag as bytes and time; unknown is said, never shown as 0. */
export function Lag({ snapshot }: { snapshot: Pick<Snapshot, 'lagBytes' | 'lagMs'> | null }) {
  const { t } = useTranslation();
  const format = useFormat();
  if (!snapshot) return <span className="muted">–</span>;
  const { lagBytes, lagMs } = snapshot;
  if (lagBytes === null && lagMs === null) return <span className="muted">{t('quantity.unknown')}</span>;
  const bytes = lagBytes === null ? t('quantity.unknown') : format.bytes(lagBytes);
  const time = lagMs === null ? t('quantity.unknown') : format.duration(lagMs);
  return (
    <span className="num">
      {bytes} · {time}
    </span>
  );
}
