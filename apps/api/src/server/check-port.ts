import net from 'node:net';
import { FerryError } from '@cacheferry/kernel';

type Address = { host: string; port: number };

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'no such name',
};

/** Looks beforehand whether one may listen there: a start that cannot, ends before it has made anything. */
export async function checkPort(address: Address): Promise<void> {
  const server = net.createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(address, resolve);
    });
  } catch (error) {
    throw listenError(error, address);
  }
  await new Promise((resolve) => server.close(resolve));
}

/** What went wrong with listening, as an error that says what to do. */
export function listenError(error: unknown, { host, port }: Address): FerryError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'EADDRINUSE') return new FerryError('start.port_in_use', { host, port, next: port + 1 }, error);
  return new FerryError('start.cannot_listen', { host, port, reason: reasons[code] ?? code }, error);
}
