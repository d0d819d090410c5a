import { Button, CloseButton } from '@mantine/core';
import { useEffect, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { cx } from './cx.ts';
import styles from './toasts.module.css';

type Toast = { id: number; text: string; tone: 'ok' | 'bad'; undo?: () => void };

let toasts: readonly Toast[] = [];
let nextId = 1;
const listeners = new Set<() => void>();
const change = (next: readonly Toast[]) => {
  toasts = next;
  for (const listener of listeners) listener();
};

/** Says that something has happened; with `undo` it can be taken back for ten seconds. */
export function toast(text: string, options: { tone?: 'ok' | 'bad'; undo?: () => void } = {}): void {
  change([...toasts.slice(-3), { id: nextId++, text, tone: options.tone ?? 'ok', ...options }]);
}

const dismiss = (id: number) => change(toasts.filter((one) => one.id !== id));

/** Where the toasts are shown; stands once in the shell. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className={styles.area} role="status" aria-live="polite">
      {shown.map((one) => (
        <ToastView key={one.id} toast={one} />
      ))}
    </div>
  );
}

function ToastView({ toast: { id, text, tone, undo } }: { toast: Toast }) {
  const { t } = useTranslation();
  useEffect(() => {
    const timer = setTimeout(() => dismiss(id), tone === 'bad' ? 12_000 : undo ? 10_000 : 5_000);
    return () => clearTimeout(timer);
  }, [id, tone, undo]);
  const takeBack = () => {
    dismiss(id);
    undo?.();
  };
  return (
    <div className={cx(styles.toast, tone === 'bad' && styles.bad)}>
      <p className={styles.text}>{text}</p>
      <span className="row">
        {undo && (
          <Button size="compact-sm" variant="subtle" onClick={takeBack}>
            {t('action.undo')}
          </Button>
        )}
        <CloseButton size="sm" aria-label={t('action.close')} onClick={() => dismiss(id)} />
      </span>
    </div>
  );
}
