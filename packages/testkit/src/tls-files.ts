import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { tempDir } from './temp-dir.ts';

export type TlsSet = {
  ca: string;
  cert: string;
  key: string;
  clientCert: string;
  clientKey: string;
  /** An authority that signed none of them. */
  otherCa: string;
};

let shared: TlsSet | undefined;

/** Certificates for localhost and 127.0.0.1, signed by an authority of their own, made once per process. */
export function tlsFiles(): TlsSet {
  return (shared ??= makeTlsFiles({ names: ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'], days: 2 }));
}

/** Makes a set of its own: for a wrong name, or another authority. */
export function makeTlsFiles(options: { names: string[]; days: number }): TlsSet {
  const dir = tempDir('tls');
  const file = (name: string) => path.join(dir, name);
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: dir, stdio: ['ignore', 'ignore', 'pipe'] });
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const days = ['-days', String(options.days)];
  for (const name of ['ca', 'other-ca'])
    openssl(
      'req',
      '-x509',
      ...key,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.crt`,
      ...days,
      '-subj',
      `/CN=ferry test ${name}`,
    );
  fs.writeFileSync(file('server.ext'), `subjectAltName=${options.names.join(',')}\n`);
  fs.writeFileSync(file('client.ext'), 'extendedKeyUsage=clientAuth\n');
  for (const name of ['server', 'client']) {
    openssl('req', '-new', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=ferry test ${name}`);
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      `${name}.crt`,
      ...days,
      '-extfile',
      `${name}.ext`,
    );
  }
  return {
    ca: file('ca.crt'),
    cert: file('server.crt'),
    key: file('server.key'),
    clientCert: file('client.crt'),
    clientKey: file('client.key'),
    otherCa: file('other-ca.crt'),
  };
}
