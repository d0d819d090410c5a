import { useEffect, useState } from 'react';

/** Gives the focus back, once it is gone, to where it was before it came. */
export function ReturnFocus() {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      if (before instanceof HTMLElement) before.focus({ preventScroll: true });
    },
    [before],
  );
  return null;
}
