import { lazyRouteComponent } from '@tanstack/react-router';

type Server = { isThere: () => Promise<boolean>; pause: () => Promise<void> };
const pauseMs = 1_500;

/** Loads a piece of the page. One that cannot be had while the server is away is loaded once it is back. */
export async function loadPiece<Piece>(load: () => Promise<Piece>, server: Server = ownServer): Promise<Piece> {
  try {
    return await load();
  } catch {
    while (!(await server.isThere())) await server.pause();
    return load();
  }
}

/** A component in a piece of its own, for a route. */
export const lazyPage: typeof lazyRouteComponent = (load, name) => lazyRouteComponent(() => loadPiece(load), name);

/** Whether the server answers, and not only a proxy in front of it. */
export async function isServerThere(): Promise<boolean> {
  try {
    return (await fetch('/healthz', { cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

const ownServer: Server = {
  isThere: isServerThere,
  pause: () => new Promise((resolve) => setTimeout(resolve, pauseMs)),
};
