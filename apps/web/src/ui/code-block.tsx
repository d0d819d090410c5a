import { CopyButton } from './copy-button.tsx';
import styles from './code-block.module.css';
import { cx } from './cx.ts';

/** A command or a document to read and to copy. It can be scrolled by keyboard. */
export function CodeBlock({ text, label, isWrapped }: { text: string; label: string; isWrapped?: boolean }) {
  return (
    <div className={styles.block}>
      <pre className={cx(styles.code, isWrapped && styles.wrapped)} tabIndex={0} role="region" aria-label={label}>
        {text}
      </pre>
      <CopyButton text={text} />
    </div>
  );
}
