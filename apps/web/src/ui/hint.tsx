import { type ReactElement, type ReactNode, useCallback, useEffect, useId, useState } from 'react';
import { createPortal } from 'react-dom';
import styles from './hint.module.css';

const edge = 170;

type Place = { left: number; top: number };
type HintProps = {
  text: string;
  /** Gets the id of the text, for `aria-describedby`. */
  children: (describedBy: string) => ReactElement;
};

/** Says more about a control while it is pointed at or has the focus; a screen reader reads it with the control. */
export function Hint({ text, children }: HintProps): ReactNode {
  const id = useId();
  const [place, setPlace] = useState<Place | null>(null);
  const hide = useCallback(() => setPlace(null), []);
  const show = (event: { currentTarget: HTMLElement }) => {
    const box = event.currentTarget.firstElementChild?.getBoundingClientRect();
    if (!box) return;
    const middle = box.left + box.width / 2;
    setPlace({ left: Math.min(Math.max(middle, edge), Math.max(edge, innerWidth - edge)), top: box.bottom + 6 });
  };
  useEffect(() => {
    if (!place) return;
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && hide();
    addEventListener('keydown', onKey);
    addEventListener('scroll', hide, { capture: true, passive: true });
    return () => {
      removeEventListener('keydown', onKey);
      removeEventListener('scroll', hide, { capture: true });
    };
  }, [place, hide]);
  return (
    <span onMouseEnter={show} onMouseLeave={hide} onFocus={show} onBlur={hide} style={{ display: 'inline-flex' }}>
      {children(id)}
      <span id={id} className="visually-hidden">
        {text}
      </span>
      {place && createPortal(<HintBox text={text} place={place} />, document.body)}
    </span>
  );
}

function HintBox({ text, place }: { text: string; place: Place }) {
  return (
    <div className={styles.hint} style={place} aria-hidden>
      {text}
    </div>
  );
}
