import { Fragment, type ReactNode } from 'react';
import styles from './facts.module.css';

export type Fact = [label: string, value: ReactNode];

/** Names with their values, one a line; a value that is `undefined` is left out. */
export function Facts({ facts }: { facts: (Fact | undefined | false)[] }) {
  return (
    <dl className={styles.facts}>
      {facts
        .filter((fact): fact is Fact => Array.isArray(fact) && fact[1] !== undefined)
        .map(([label, value]) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </Fragment>
        ))}
    </dl>
  );
}
