import { IconChartLine } from '@tabler/icons-react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { Chart } from '../../../ui/chart.tsx';
import { Empty } from '../../../ui/empty.tsx';
import { Panel } from '../../../ui/panel.tsx';
import styles from './charts.module.css';
import type { Point } from './points.ts';

/** Four charts with one cursor. */
export function Charts({ points }: { points: Point[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const times = useMemo(() => points.map((point) => Date.parse(point.at) / 1000), [points]);
  const series = useMemo(
    () => ({
      keys: points.map((point) => point.keysPerSecond),
      bytes: points.map((point) => point.bytesPerSecond),
      lagBytes: points.map((point) => point.lagBytes),
      lagMs: points.map((point) => point.lagMs),
    }),
    [points],
  );
  if (points.length === 0)
    return (
      <Panel label={t('progress.charts')}>
        <Empty icon={IconChartLine} title={t('progress.empty')} text={t('progress.emptyText')} />
      </Panel>
    );
  const charts = [
    { name: 'keys', label: t('progress.keys'), format: format.rate, tone: 1, isBinary: false },
    { name: 'bytes', label: t('progress.bytes'), format: format.byteRate, tone: 1, isBinary: true },
    { name: 'lagBytes', label: t('progress.lagBytes'), format: format.bytes, tone: 2, isBinary: true },
    { name: 'lagMs', label: t('progress.lagMs'), format: format.duration, tone: 2, isBinary: false },
  ] as const;
  return (
    <div className={styles.grid}>
      {charts.map(({ name, label, format: write, tone, isBinary }) => (
        <Panel key={name} label={label}>
          <Chart
            label={label}
            times={times}
            values={series[name]}
            format={write}
            tone={tone}
            isBinary={isBinary}
            group="migration"
          />
        </Panel>
      ))}
    </div>
  );
}
