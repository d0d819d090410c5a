import { IconUpload } from '@tabler/icons-react';
import type { ChangeEventHandler } from 'react';
import styles from './file-pick.module.css';

/** A button that lets a file be chosen; the browser's own looks different in each language. */
export function FilePick({ label, onChange }: { label: string; onChange: ChangeEventHandler<HTMLInputElement> }) {
  return (
    <label className={styles.pick}>
      <IconUpload size={15} aria-hidden />
      {label}
      <input type="file" className="visually-hidden" onChange={onChange} />
    </label>
  );
}
