import { isIP } from 'node:net';
import { connect } from 'node:tls';

export type TlsAnswer = { validTo: Date | null };

/** Shakes hands without judging the certificate; null when the port does not speak TLS within 3 s. */
export function tlsProbe({ host, port }: { host: string; port: number }): Promise<TlsAnswer | null> {
  return new Promise((resolve) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connect({ host, port, rejectUnauthorized: false, ...name });
    const end = (answer: TlsAnswer | null) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(3_000, () => end(null));
    socket.once('error', () => end(null));
    socket.once('secureConnect', () => {
      const validTo = Date.parse(socket.getPeerCertificate().valid_to ?? '');
      end({ validTo: Number.isNaN(validTo) ? null : new Date(validTo) });
    });
  });
}
