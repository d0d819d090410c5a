const storageKey = 'cacheferry.reloadedAt';
const pauseMs = 60_000;

/** After an update of the server the pieces of the old page are gone: load the new page, but never in a loop. */
export function reloadOnNewVersion(): void {
  addEventListener('vite:preloadError', (event) => {
    try {
      const last = Number(sessionStorage.getItem(storageKey) ?? 0);
      if (Date.now() - last < pauseMs) return;
      sessionStorage.setItem(storageKey, String(Date.now()));
      event.preventDefault();
      location.reload();
    } catch {
      // Without storage a loop could not be told apart; the page then shows the fault.
    }
  });
}
