import { createHash } from 'node:crypto';
import type { MachineLogin, MachineTransport } from '@cacheferry/domain';
import { createGate } from './gate.ts';
import { openLocalLink } from './local-link.ts';
import type { RemoteLink } from './remote-link.ts';
import { SharedLinks } from './shared-links.ts';
import { scanHostKey, type SshSettings } from './ssh-connection.ts';
import { openSshLink } from './ssh-link.ts';

export type TransportOptions = {
  /** What programs on this machine see of our environment, those on others of FERRY_FILE_ROOTS: see `machineEnvironment`. */
  environment: Record<string, string>;
  /** SSH_AUTH_SOCK of this server, if there is one. */
  agentSocket: string | null;
  connectTimeoutMs?: number;
  keepalive?: SshSettings['keepalive'];
  /** How long a connection that nobody uses is kept. */
  lingerMs?: number;
  /** Logins made at the same time. */
  maxHandshakes?: number;
};

/** The transport, and the end of all its connections. */
export type ClosableTransport = MachineTransport & {
  connect(login: MachineLogin, signal?: AbortSignal): Promise<RemoteLink>;
  close(): Promise<void>;
};

/** Reaches machines: this one by child processes, others by SSH with one connection for all who use it. */
export function createTransport(options: TransportOptions): ClosableTransport {
  const settings: SshSettings = {
    agentSocket: options.agentSocket,
    fileRoots: options.environment.FERRY_FILE_ROOTS ?? '',
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    keepalive: options.keepalive ?? { intervalMs: 10_000, count: 3 },
  };
  const links = new SharedLinks<RemoteLink>(options.lingerMs ?? 45_000);
  const gate = createGate(options.maxHandshakes ?? 50);
  return {
    scanHostKey: (host, port, signal) => gate(() => scanHostKey(host, port, settings, signal)),
    connect: (login, signal) =>
      links.use(
        login.machineId,
        loginKey(login),
        async () =>
          login.kind === 'local' ? openLocalLink(options.environment) : gate(() => openSshLink(login, settings)),
        signal,
      ),
    close: () => links.close(),
  };
}

const passed = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TZ', 'TMPDIR', 'FERRY_FILE_ROOTS'];

/** The part of an environment that programs on this machine get: nothing of it is a secret of the control plane. */
export function machineEnvironment(env: Record<string, string | undefined>): Record<string, string> {
  const entries = passed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return Object.fromEntries(entries);
}

/** Changes with anything that a connection depends on, its secrets included, and shows none of it. */
function loginKey(login: MachineLogin): string {
  if (login.kind === 'local') return 'local';
  const { host, port, username, auth, hostKey } = login;
  const secret =
    auth.kind === 'password'
      ? auth.password.reveal()
      : auth.kind === 'key'
        ? [auth.privateKey.reveal(), auth.passphrase?.reveal() ?? null]
        : null;
  const parts = JSON.stringify([host, port, username, hostKey.fingerprint, auth.kind, secret]);
  return createHash('sha256').update(parts).digest('base64');
}
