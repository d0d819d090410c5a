import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { cx } from './cx.ts';
import styles from './data-table.module.css';

/** `value` is a name of the server's, with `-` in front where it falls. */
export type Sorting = { value: string; onChange: (value: string) => void };

type SortHeadProps = { meta: { label: string; align?: 'end'; sort?: string }; sorting: Sorting | undefined };

/** The head of a column; a button where the server can sort by it. */
export function SortHead({ meta: { label, align, sort }, sorting }: SortHeadProps) {
  const className = cx(align === 'end' && styles.end);
  if (!sort || !sorting)
    return (
      <th role="columnheader" scope="col" className={className}>
        {label}
      </th>
    );
  const isUp = sorting.value === sort;
  const isDown = sorting.value === `-${sort}`;
  const direction = isUp ? 'ascending' : isDown ? 'descending' : 'none';
  return (
    <th role="columnheader" scope="col" className={className} aria-sort={direction}>
      <button type="button" className={styles.sort} onClick={() => sorting.onChange(isDown ? sort : `-${sort}`)}>
        {label}
        {isUp && <IconArrowUp size={12} aria-hidden />}
        {isDown && <IconArrowDown size={12} aria-hidden />}
      </button>
    </th>
  );
}
