import { type ColumnDef, tableFeatures, useTable } from '@tanstack/react-table';
import { type MouseEvent, useRef } from 'react';
import { cx } from './cx.ts';
import styles from './data-table.module.css';
import { SortHead, type Sorting } from './sort-head.tsx';
import { useRowKeys } from './use-row-keys.ts';

export const plainFeatures = tableFeatures({});
export type ColumnMeta = { label: string; align?: 'end'; sort?: string };
export type Column<T extends object> = ColumnDef<typeof plainFeatures, T> & { meta?: ColumnMeta };

type DataTableProps<T extends object> = {
  label: string;
  columns: Column<T>[];
  data: T[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  chosen?: string | undefined;
  sorting?: Sorting;
  isStale?: boolean;
};

/** A table whose rows the server sorted, filtered and cut; on a narrow screen each row becomes a card. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { label, columns, data, rowKey, sorting, isStale } = props;
  const table = useTable({ features: plainFeatures, data, columns, getRowId: rowKey });
  const box = useRef<HTMLDivElement>(null);
  useRowKeys(box, props.onOpen !== undefined);
  return (
    <div className={cx(styles.wrap, isStale && styles.stale)} ref={box} aria-busy={isStale}>
      <table className={cx(styles.table, styles.cards)} role="table" aria-label={label}>
        <thead role="rowgroup">
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id} role="row">
              {group.headers.map((header) => (
                <SortHead key={header.id} meta={metaOf(header.column.columnDef)} sorting={sorting} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody role="rowgroup">
          {table.getRowModel().rows.map((row) => (
            <tr
              key={row.id}
              role="row"
              aria-selected={props.chosen === undefined ? undefined : props.chosen === row.id}
              className={cx(props.onOpen && styles.opens, props.chosen === row.id && styles.chosen)}
              onClick={(event) => isPlainClick(event) && props.onOpen?.(row.original)}
            >
              {row.getAllCells().map((cell) => (
                <td
                  key={cell.id}
                  role="cell"
                  data-label={metaOf(cell.column.columnDef).label}
                  className={cx(metaOf(cell.column.columnDef).align === 'end' && styles.end)}
                >
                  <table.FlexRender cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function metaOf(column: { meta?: unknown }): ColumnMeta {
  return (column.meta as ColumnMeta | undefined) ?? { label: '' };
}

/** A click on a link, a button or a selection of text does not open the row. */
function isPlainClick(event: MouseEvent): boolean {
  const target = event.target as HTMLElement;
  return !target.closest('a,button,input,label,summary') && String(getSelection() ?? '') === '';
}
