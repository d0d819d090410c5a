import { useId } from 'react';
import { cx } from '../../../ui/cx.ts';
import styles from './wizard.module.css';

export type Choice<V extends string> = { value: V; label: string; note?: string; isOff?: boolean };
type ChoicesProps<V extends string> = {
  name: string;
  label?: string;
  value: V | null;
  onChange: (value: V) => void;
  choices: Choice<V>[];
};

/** One out of a few, each with what it means. */
export function Choices<V extends string>({ name, label, value, onChange, choices }: ChoicesProps<V>) {
  const id = useId();
  return (
    <div className={styles.choices} role="radiogroup" aria-label={label ?? name}>
      {choices.map((choice) => (
        <label key={choice.value} className={cx(styles.choice, choice.isOff && styles.off)}>
          <input
            type="radio"
            name={`${name}${id}`}
            value={choice.value}
            checked={choice.value === value}
            disabled={choice.isOff}
            onChange={() => onChange(choice.value)}
          />
          <span>
            <strong>{choice.label}</strong>
            {choice.note && <span className="muted"> — {choice.note}</span>}
          </span>
        </label>
      ))}
    </div>
  );
}
