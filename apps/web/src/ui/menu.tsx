import { type Icon, IconCheck } from '@tabler/icons-react';
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { cx } from './cx.ts';
import styles from './menu.module.css';

export type MenuItem = {
  label: string;
  icon?: Icon;
  onSelect: () => void;
  /** Set in a menu of choices. */
  isChosen?: boolean;
  isDangerous?: boolean;
  /** Why it may not be chosen now. */
  reason?: string | undefined;
};

export type MenuButtonProps = {
  'aria-haspopup': 'menu';
  'aria-expanded': boolean;
  'aria-controls': string;
  onClick: () => void;
};
type MenuProps = { label: string; title?: string; items: MenuItem[]; button: (props: MenuButtonProps) => ReactNode };

/** A button with a list of actions under it. Arrows move, Escape and a click beside it close, the focus comes back. */
export function Menu({ label, title, items, button }: MenuProps) {
  const id = useId();
  const wrap = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (!isOpen) return;
    itemsOf(wrap.current)[0]?.focus();
    const onDown = (event: Event) => !wrap.current?.contains(event.target as Node) && setOpen(false);
    addEventListener('pointerdown', onDown);
    return () => removeEventListener('pointerdown', onDown);
  }, [isOpen]);
  const close = () => {
    setOpen(false);
    wrap.current?.querySelector<HTMLElement>('[aria-haspopup="menu"]')?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Escape' || event.key === 'Tab') {
      if (event.key === 'Escape') event.preventDefault();
      return close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    moveFocus(itemsOf(wrap.current), step);
  };
  return (
    <div className={styles.wrap} ref={wrap}>
      {button({
        'aria-haspopup': 'menu',
        'aria-expanded': isOpen,
        'aria-controls': id,
        onClick: () => setOpen(!isOpen),
      })}
      {isOpen && (
        <div className={styles.list}>
          {title && <p className={styles.title}>{title}</p>}
          <div id={id} role="menu" aria-label={label} onKeyDown={onKey}>
            {items.map((item) => (
              <MenuEntry key={item.label} item={item} onDone={close} />
            ))}
          </div>
        </div>
      )}
    </div>
  );
}

function MenuEntry({ item, onDone }: { item: MenuItem; onDone: () => void }) {
  const { label, icon: Mark, isChosen, isDangerous, reason, onSelect } = item;
  const select = () => {
    if (reason) return;
    onDone();
    onSelect();
  };
  return (
    <button
      type="button"
      role={isChosen === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={isChosen}
      aria-disabled={reason ? true : undefined}
      title={reason}
      tabIndex={-1}
      className={cx(styles.item, isDangerous && styles.danger)}
      onClick={select}
    >
      {Mark && <Mark size={15} aria-hidden />}
      {label}
      {isChosen && <IconCheck size={15} className={styles.chosen} aria-hidden />}
    </button>
  );
}

function itemsOf(place: HTMLElement | null): HTMLElement[] {
  return [...(place?.querySelectorAll<HTMLElement>('[role^="menuitem"]') ?? [])];
}

function moveFocus(items: HTMLElement[], step: number): void {
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = Math.abs(step) === 1 ? (at + step + items.length) % items.length : step < 0 ? 0 : items.length - 1;
  items[next]?.focus();
}
