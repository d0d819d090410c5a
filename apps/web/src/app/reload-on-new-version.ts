import { isServerThere } from './load-piece.ts';

const storageKey = 'cacheferry.reloadedAt';
const pauseMs = 60_000;

/**
 * After an update of the server the pieces of the old page are gone: load the new page, but never in a loop. While the
 * server is away nothing can be loaded, and what is on the screen must stay there.
 */
export function reloadOnNewVersion(): void {
  addEventListener('vite:preloadError', () => void isServerThere().then((isThere) => isThere && reloadOnce()));
}

function reloadOnce(): void {
  try {
    const last = Number(sessionStorage.getItem(storageKey) ?? 0);
    if (Date.now() - last < pauseMs) return;
    sessionStorage.setItem(storageKey, String(Date.now()));
    location.reload();
  } catch {
    // Without storage a loop could not be told apart; the page then shows the fault.
  }
}
