import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { type Column, DataTable } from '../../../ui/data-table.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { Time } from '../../../ui/time.tsx';
import { type Point, thin } from './points.ts';

const maxRows = 60;

/** The charts as a table, newest first. */
export function PointTable({ points }: { points: Point[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = useMemo(() => thin(points, maxRows).reverse(), [points]);
  const columns = useMemo<Column<Point>[]>(() => {
    const number = (write: (value: number) => string, read: (point: Point) => number | null) =>
      function Cell({ row }: { row: { original: Point } }) {
        const value = read(row.original);
        return <span className="num">{value === null ? t('quantity.unknown') : write(value)}</span>;
      };
    const end = 'end' as const;
    return [
      { id: 'at', meta: { label: t('progress.time') }, cell: ({ row }) => <Time at={row.original.at} /> },
      {
        id: 'keys',
        meta: { label: t('progress.keys'), align: end },
        cell: number(format.rate, (point) => point.keysPerSecond),
      },
      {
        id: 'bytes',
        meta: { label: t('progress.bytes'), align: end },
        cell: number(format.byteRate, (point) => point.bytesPerSecond),
      },
      {
        id: 'done',
        meta: { label: t('headline.keys'), align: end },
        cell: number(format.count, (point) => point.keysDone),
      },
      {
        id: 'lagBytes',
        meta: { label: t('progress.lagBytes'), align: end },
        cell: number(format.bytes, (point) => point.lagBytes),
      },
      {
        id: 'lagMs',
        meta: { label: t('progress.lagMs'), align: end },
        cell: number(format.duration, (point) => point.lagMs),
      },
    ];
  }, [t, format]);
  return (
    <Panel label={t('progress.asTable')} isFlush>
      <DataTable label={t('progress.charts')} columns={columns} data={rows} rowKey={(point) => point.at} />
    </Panel>
  );
}
