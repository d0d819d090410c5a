import type { Migration } from '@cacheferry/contract';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { announce } from '../../../ui/announcer.tsx';
import { fullSyncShare } from '../progress-of.ts';
import { shownState } from '../shown-state.ts';

/** Tells screen readers a new state and every tenth of the full sync, nothing between. */
export function useStateAnnouncement(migration: Migration): void {
  const { t } = useTranslation();
  const share = fullSyncShare(migration);
  const shown = shownState(migration);
  const tenth = share === null || shown !== 'full_sync' ? null : Math.floor(share * 10);
  const mark = `${shown} ${tenth}`;
  const last = useRef(mark);
  useEffect(() => {
    if (last.current === mark) return;
    last.current = mark;
    const state = t(`state.${shown}`);
    announce(tenth === null || tenth === 0 ? state : t('migration.announceProgress', { state, percent: tenth * 10 }));
  }, [mark, shown, tenth, t]);
}
