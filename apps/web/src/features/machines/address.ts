import type { Machine } from '@cacheferry/contract';

/** `user@host:port`, or `undefined` for the machine that runs the control plane. */
export function addressOf({ kind, username, host, port }: Machine): string | undefined {
  return kind === 'local' ? undefined : `${username}@${host}:${port}`;
}
