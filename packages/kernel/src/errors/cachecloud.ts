import type { ErrorArea } from './spec.ts';

/** What can go wrong while CacheCloud is asked for an application. */
export const cachecloudErrors = {
  'cachecloud.unreachable': {
    http: 502,
    exit: 1,
    retry: true,
    title: 'CacheCloud at {url} does not tell about applications: {reason}',
    fix: 'Check the address, and that this machine may ask it; /cache/client/redis/… has to answer without a login.',
  },
  'cachecloud.refused': {
    http: 422,
    exit: 1,
    retry: false,
    title: 'CacheCloud has no servers for the application {app}: {reason}',
    fix: 'Correct the number of the application (app=), or look at its state in CacheCloud.',
  },
} as const satisfies ErrorArea;
