import { LiveEvent } from '@cacheferry/contract';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import * as z from 'zod/mini';
import { checkKeys } from '../../features/checks/keys.ts';
import { machineKeys } from '../../features/machines/keys.ts';
import { migrationKeys } from '../../features/migrations/keys.ts';
import { placeMigration } from '../../features/migrations/place-migration.ts';
import { apiRoot } from '../http/request.ts';
import { setLinkState } from './link-state.ts';
import { createOncePer } from './once-per.ts';
import type { SseFrame } from './sse-parser.ts';
import { subscribeStream } from './subscribe.ts';

/** Keeps everything on the screen up to date from the one stream of all lists. */
export function useLiveUpdates(): void {
  const queryClient = useQueryClient();
  useEffect(() => {
    const refresh = createOncePer(1000, (key) => void queryClient.invalidateQueries({ queryKey: JSON.parse(key) }));
    let wasLost = false;
    const stop = subscribeStream(`${apiRoot}/events`, null, {
      onFrames: (frames) => {
        for (const frame of frames) takeFrame(frame, queryClient, (key) => refresh(JSON.stringify(key)));
      },
      onStatus: (status) => {
        setLinkState(status);
        // The session has ended: asking for it leads to signing in.
        if (status.state === 'denied') void queryClient.invalidateQueries({ queryKey: ['session'] });
        if (status.state === 'retrying') wasLost = true;
        // What happened while nothing was heard is read anew.
        if (status.state === 'live' && wasLost) void queryClient.invalidateQueries();
        if (status.state === 'live') wasLost = false;
      },
    });
    return () => {
      stop();
      refresh.cancel();
    };
  }, [queryClient]);
}

function takeFrame(frame: SseFrame, queryClient: QueryClient, refresh: (key: readonly unknown[]) => void): void {
  const parsed = z.safeParse(LiveEvent, parseJson(frame.data));
  if (!parsed.success) return;
  const event = parsed.data;
  if (event.type === 'migration') {
    if (placeMigration(queryClient, event.migration) === 'moved') {
      refresh(migrationKeys.lists);
      refresh(migrationKeys.history(event.migration.id));
    }
  } else if (event.type === 'machine') refresh(machineKeys.all);
  else if (event.type === 'check') refresh(checkKeys.all);
  else {
    refresh(migrationKeys.lists);
    refresh(machineKeys.all);
    refresh(checkKeys.all);
    refresh(['endpoints']);
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
