import type { Server } from 'node:net';
import { FerryError } from '@cacheferry/kernel';
import { wrongUse } from '../arguments.ts';

/** Where a port listens; on this machine only unless a host is named. */
export type ListenAt = { host: string; port: number };

/** Reads `8888` or `0.0.0.0:8888`. Throws `usage.invalid`. */
export function readListenAt(flag: string, text: string): ListenAt {
  const found = /^(?:([^\s:]+|\[[0-9a-fA-F:]+\]):)?(\d{1,5})$/.exec(text);
  const port = Number(found?.[2]);
  if (!found || port > 65_535) throw wrongUse('migrate', `--${flag} needs a port, or HOST:PORT`);
  return { host: (found[1] ?? '127.0.0.1').replace(/^\[|\]$/g, ''), port };
}

/** Opens a port. Throws `status.cannot_listen`. */
export function listen(server: Server, { host, port }: ListenAt): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(new FerryError('status.cannot_listen', { host, port, reason: error.code ?? error.message }));
    });
    server.listen({ host, port }, () => {
      server.removeAllListeners('error');
      // A connection that breaks is its own trouble.
      server.on('error', () => {});
      resolve();
    });
  });
}
