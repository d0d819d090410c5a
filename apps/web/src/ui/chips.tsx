import { useFormat } from '../i18n/use-format.ts';
import styles from './chips.module.css';

export type Chip<V extends string> = { value: V; label: string; count?: number | undefined };

type ChipsProps<V extends string> = { label: string; chips: Chip<V>[]; value: V; onChange: (value: V) => void };

/** One choice out of a few, as a filter. */
export function Chips<V extends string>({ label, chips, value, onChange }: ChipsProps<V>) {
  const format = useFormat();
  return (
    <div className={styles.chips} role="group" aria-label={label}>
      {chips.map((chip) => (
        <button
          key={chip.value}
          type="button"
          className={styles.chip}
          aria-pressed={chip.value === value}
          onClick={() => onChange(chip.value)}
        >
          {chip.label}
          {chip.count !== undefined && <span className={styles.count}>{format.count(chip.count)}</span>}
        </button>
      ))}
    </div>
  );
}
