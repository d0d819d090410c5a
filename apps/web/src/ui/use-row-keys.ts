import { type RefObject, useEffect } from 'react';
import { isTyping } from '../app/shell/is-typing.ts';

/** `j` and `k` move the focus through the rows' links; Enter then is the link's own. */
export function useRowKeys(box: RefObject<HTMLElement | null>, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    const onKey = (event: KeyboardEvent) => {
      if ((event.key !== 'j' && event.key !== 'k') || isTyping(event)) return;
      const links = [...(box.current?.querySelectorAll<HTMLElement>('tbody tr a[href]') ?? [])].filter(isFirstOfRow);
      const at = links.indexOf(document.activeElement as HTMLElement);
      const next = links[event.key === 'j' ? at + 1 : Math.max(0, at - 1)];
      next?.focus();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [box, isOn]);
}

const isFirstOfRow = (link: HTMLElement): boolean => link.closest('tr')?.querySelector('a[href]') === link;
