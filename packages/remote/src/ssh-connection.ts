import net from 'node:net';
import type { HostKey } from '@cacheferry/contract';
import type { MachineLogin } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import { NodeSSH, type Config as SshConfig } from 'node-ssh';
import type { Client, ClientChannel, SFTPWrapper } from 'ssh2';
import { acceptedHostKeys, algorithmsOf, readHostKey } from './host-key.ts';
import { type AuthTrace, authError, authHandler, authMethods } from './ssh-auth.ts';
import { classifyConnectError, linkLost, property, shortReason } from './ssh-errors.ts';
import { within } from './within.ts';

export type SshSettings = {
  /** Socket of the SSH agent of this server, if there is one. */
  agentSocket: string | null;
  connectTimeoutMs: number;
  /** FERRY_FILE_ROOTS of the programs there; empty: none. */
  fileRoots: string;
  keepalive: { intervalMs: number; count: number };
};

/** One authenticated connection to a machine. */
export type SshConnection = {
  /** Opens a session with a command line. Rejects with `machine.no_channel` or `machine.link_lost`. */
  exec(line: string): Promise<ClientChannel>;
  sftp(): Promise<SFTPWrapper>;
  /** Resolves when it is gone; null when we closed it. */
  readonly closed: Promise<FerryError | null>;
  /** Why it ended; for channels that ended with it. */
  lost(): FerryError;
  close(): void;
};

/**
 * Connects and logs in. Only the confirmed host key is accepted, before any name or credential is sent; another one is
 * `machine.host_key_changed` with both fingerprints.
 */
export async function openSshConnection(
  login: MachineLogin & { kind: 'ssh' },
  settings: SshSettings,
  signal?: AbortSignal,
): Promise<SshConnection> {
  const host = hostLabel(login.host, login.port);
  const trace: AuthTrace = { offered: [], tried: [], isExpired: false };
  const methods = authMethods(login, settings.agentSocket, trace);
  const seen: { key?: HostKey } = {};
  const config: SshConfig = {
    ...connectConfig(login.host, login.port, settings),
    username: login.username,
    keepaliveInterval: settings.keepalive.intervalMs,
    keepaliveCountMax: settings.keepalive.count,
    algorithms: { serverHostKey: algorithmsOf(login.hostKey.type) },
    hostVerifier: (blob: Buffer) => {
      seen.key = readHostKey(blob);
      return seen.key.fingerprint === login.hostKey.fingerprint;
    },
    authHandler: authHandler(login.username, methods, trace),
  };
  try {
    const prepare = (client: Client, socket: net.Socket) =>
      client.on('change password', () => {
        trace.isExpired = true;
        socket.destroy();
      });
    return connectionOf(await dial({ config, host, prepare }, settings, signal), host);
  } catch (error) {
    throw await connectError(error, { login, host, settings, trace, seen, signal });
  }
}

/** Reads the host key and hangs up before anything else is said. */
export async function scanHostKey(
  host: string,
  port: number,
  settings: SshSettings,
  signal?: AbortSignal,
): Promise<HostKey> {
  const label = hostLabel(host, port);
  const seen: { key?: HostKey } = {};
  const config: SshConfig = {
    ...connectConfig(host, port, settings),
    username: 'scan',
    algorithms: { serverHostKey: acceptedHostKeys },
    hostVerifier: (blob: Buffer) => {
      seen.key = readHostKey(blob);
      return false;
    },
  };
  try {
    const { socket } = await dial({ config, host: label, prepare: () => {} }, settings, signal);
    socket.destroy();
  } catch (error) {
    if (!seen.key) throw classifyConnectError(error, label, settings.connectTimeoutMs / 1000);
  }
  if (!seen.key) throw new FerryError('machine.not_ssh', { host: label, reason: 'it shows no host key' });
  return seen.key;
}

/** How an address is called in messages. */
export function hostLabel(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

function connectConfig(host: string, port: number, settings: SshSettings): SshConfig {
  return { host: host.replace(/^\[(.*)\]$/, '$1'), port, readyTimeout: settings.connectTimeoutMs, agentForward: false };
}

type Dialled = { client: Client; socket: net.Socket };
type Call = { config: SshConfig; host: string; prepare: (client: Client, socket: net.Socket) => void };

async function dial(
  { config, host, prepare }: Call,
  settings: SshSettings,
  signal: AbortSignal | undefined,
): Promise<Dialled> {
  const ms = settings.connectTimeoutMs;
  const onTimeout = () => new FerryError('machine.timeout', { host, seconds: ms / 1000, step: 'connecting' });
  return await within({ ms, signal, onTimeout }, async (limit) => {
    // Our own socket: only so can a connection to a machine that fell silent be thrown away at once.
    const socket = net.connect({ host: config.host ?? '', port: config.port ?? 22, noDelay: true });
    const stop = () => socket.destroy();
    limit.addEventListener('abort', stop, { once: true });
    const ssh = new NodeSSH();
    try {
      const ready = ssh.connect({ ...config, sock: socket });
      const client = ssh.connection;
      if (!client) throw new Error('no connection was made');
      // Node-ssh listens for errors only until the connection stands; one without a listener would end the process.
      client.on('error', () => {});
      prepare(client, socket);
      await ready;
      return { client, socket };
    } catch (error) {
      socket.destroy();
      throw limit.aborted ? limit.reason : error;
    } finally {
      limit.removeEventListener('abort', stop);
    }
  });
}

type Attempt = {
  login: MachineLogin & { kind: 'ssh' };
  host: string;
  settings: SshSettings;
  trace: AuthTrace;
  seen: { key?: HostKey };
  signal: AbortSignal | undefined;
};

async function connectError(error: unknown, attempt: Attempt): Promise<unknown> {
  const { login, host, settings, trace, seen, signal } = attempt;
  signal?.throwIfAborted();
  const expected = login.hostKey.fingerprint;
  const changed = (actual: string) => new FerryError('machine.host_key_changed', { host, expected, actual }, error);
  if (seen.key && seen.key.fingerprint !== expected) return changed(seen.key.fingerprint);
  if (error instanceof Error && !seen.key && /no matching host key/i.test(error.message)) {
    const actual = await scanHostKey(login.host, login.port, settings, signal);
    if (actual.fingerprint !== expected) return changed(actual.fingerprint);
  }
  const level = error instanceof Error ? property(error, 'level') : '';
  const isRefused = level === 'client-authentication' || level === 'agent' || trace.isExpired;
  const isTooMany = error instanceof Error && /too many authentication failures/i.test(error.message);
  if (isRefused || isTooMany) return authError(login, host, trace, error);
  return classifyConnectError(error, host, settings.connectTimeoutMs / 1000);
}

function connectionOf({ client, socket }: Dialled, host: string): SshConnection {
  let reason: unknown;
  let isClosing = false;
  const lost = () => linkLost(host, isClosing ? new Error('closed by us') : reason);
  client.setMaxListeners(0).on('error', (error: Error) => {
    reason ??= error;
  });
  const closed = new Promise<FerryError | null>((resolve) => {
    client.once('close', () => resolve(isClosing ? null : lost()));
  });
  return {
    closed,
    lost,
    exec: (line) => openSession<ClientChannel>(client, host, lost, (answer) => client.exec(line, answer)),
    sftp: () => openSession<SFTPWrapper>(client, host, lost, (answer) => client.sftp(answer)),
    close: () => {
      isClosing = true;
      client.end();
      const timer = setTimeout(() => socket.destroy(), 300);
      socket.once('close', () => clearTimeout(timer));
    },
  };
}

/** Waits for a session that was asked for; a connection that goes meanwhile ends the wait. */
function openSession<S>(
  client: Client,
  host: string,
  lost: () => FerryError,
  ask: (answer: (error: Error | undefined, session: S) => void) => void,
): Promise<S> {
  return new Promise((resolve, reject) => {
    const onDrop = () => reject(lost());
    client.once('close', onDrop);
    const settle = (error: Error | undefined, session: S) => {
      client.removeListener('close', onDrop);
      if (!error) return resolve(session);
      // Only a refusal of the server carries its reason; without it the connection is gone.
      const isRefused = property(error, 'reason') !== '' || /unable to/i.test(error.message);
      reject(isRefused ? new FerryError('machine.no_channel', { host, reason: shortReason(error) }, error) : lost());
    };
    try {
      ask(settle);
    } catch (error) {
      client.removeListener('close', onDrop);
      reject(linkLost(host, error));
    }
  });
}
