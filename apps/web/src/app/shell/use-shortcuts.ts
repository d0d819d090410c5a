import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { areShortcutsOn } from './shortcut-setting.ts';
import { isTyping } from './is-typing.ts';

/** After `g`, where the second key goes. */
export const goKeys = {
  m: '/migrations',
  c: '/checks',
  e: '/endpoints',
  a: '/machines',
  h: '/history',
} as const;

const sequenceMs = 1500;

/** The keys that work on every page. */
export function useShortcuts(actions: { onSearch: () => void; onHelp: () => void }): void {
  const navigate = useNavigate();
  const startedAt = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        return actions.onSearch();
      }
      if (isTyping(event) || !areShortcutsOn()) return;
      const second = goKeys[event.key as keyof typeof goKeys];
      if (Date.now() - startedAt.current < sequenceMs && second) {
        startedAt.current = 0;
        event.preventDefault();
        return void navigate({ to: second });
      }
      startedAt.current = event.key === 'g' ? Date.now() : 0;
      const run = { n: () => void navigate({ to: '/migrations/new' }), '/': actions.onSearch, '?': actions.onHelp }[
        event.key
      ];
      if (run) {
        event.preventDefault();
        run();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate, actions]);
}
