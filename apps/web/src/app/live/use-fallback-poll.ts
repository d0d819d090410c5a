import { useLinkState } from './link-state.ts';

/** How often to ask again while nothing comes by the stream; `false` while it works. */
export function useFallbackPoll(): number | false {
  const { state } = useLinkState();
  return state === 'live' || state === 'connecting' ? false : 5000;
}
