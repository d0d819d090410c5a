import { setMaxListeners } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { type ErrorCode, FerryError, type Secret } from '@cacheferry/kernel';
import { classifyErrno } from './classify-errno.ts';
import { ReplyError } from './codec/reply.ts';
import { Connection, connectionDefaults } from './connection.ts';
import { SharedReads } from './shared-reads.ts';
import { type TlsSettings, tlsOptions } from './tls-options.ts';

/** Where and as whom to connect. */
export type ConnectionOptions = {
  host: string;
  port: number;
  tls?: TlsSettings | null;
  user?: string | null;
  password?: string | Secret | null;
  db?: number;
  /** What CLIENT LIST shows; a server that refuses it is used all the same. */
  name?: string;
  connectTimeoutMs?: number;
  handshakeTimeoutMs?: number;
  replyTimeoutMs?: number;
  maxBulkBytes?: number;
  /** For many small answers, or a long stream: all is received in the same memory. Not with TLS. */
  sharesReads?: boolean;
  /** Ends the attempt, and later the connection, with its reason. */
  signal?: AbortSignal;
};

/** Whether a server is reached by a unix socket: its path stands where others have a host. */
const isSocketPath = (host: string): boolean => host.startsWith('/');

/** `host:port`, IPv6 in brackets; the path of a unix socket. */
export function endpointName({ host, port }: { host: string; port: number }): string {
  if (isSocketPath(host)) return host;
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/**
 * Connects, signs in (AUTH before anything else), names the connection, checks by PING that a server of the family
 * answers, and selects the database.
 *
 * Throws `endpoint.*`, `dns.failed`, `protocol.malformed`; `endpoint.loading` while the server loads its data.
 */
export async function openConnection(options: ConnectionOptions): Promise<Connection> {
  const endpoint = endpointName(options);
  options.signal?.throwIfAborted();
  // One signal ends all connections of a run, of which there may be many: each listens as long as it is open.
  if (options.signal) setMaxListeners(0, options.signal);
  const shared = options.sharesReads && !options.tls ? new SharedReads() : null;
  const socket = await connect(options, endpoint, shared);
  const { replyTimeoutMs, maxBulkBytes } = { ...connectionDefaults, ...options };
  const settings = { endpoint, user: options.user ?? null, replyTimeoutMs, maxBulkBytes };
  const connection = new Connection(socket, settings, shared);
  const stop = () => connection.destroy(reasonOf(options.signal));
  options.signal?.addEventListener('abort', stop, { once: true });
  socket.once('close', () => options.signal?.removeEventListener('abort', stop));
  const limit = options.handshakeTimeoutMs ?? 10_000;
  const timer = setTimeout(() => connection.destroy(new FerryError('endpoint.timeout', { endpoint })), limit);
  try {
    await shakeHands(connection, options);
    return connection;
  } catch (error) {
    await connection.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function connect(options: ConnectionOptions, endpoint: string, shared: SharedReads | null): Promise<Socket> {
  try {
    return await openSocket(options, endpoint, shared);
  } catch (error) {
    // A server without TLS waits for more of what looks to it like a command.
    if (!options.tls || !(error instanceof FerryError) || error.code !== 'endpoint.timeout') throw error;
    if (!(await answersPlainly(options))) throw error;
    throw new FerryError('endpoint.tls', { endpoint, reason: 'the server does not speak TLS' }, error);
  }
}

function openSocket(options: ConnectionOptions, endpoint: string, shared: SharedReads | null): Promise<Socket> {
  const { host, port, tls, signal } = options;
  const socket = tls
    ? connectTls({ host, port, ...tlsOptions(tls, host, endpoint) })
    : connectTcp({
        ...(isSocketPath(host) ? { path: host } : { host, port, autoSelectFamily: true }),
        ...(shared ? { onread: shared.onread } : {}),
      });
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => {
      finish();
      socket.once('error', () => {});
      socket.destroy();
      reject(signal?.aborted ? reasonOf(signal) : classifyErrno(error, endpoint, host));
    };
    const late = () => fail(new FerryError('endpoint.timeout', { endpoint }));
    const closed = () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }));
    const timer = setTimeout(late, options.connectTimeoutMs ?? 5_000);
    const ready = () => {
      finish();
      socket.setNoDelay(true);
      socket.setKeepAlive(true, 15_000);
      resolve(socket);
    };
    function finish() {
      clearTimeout(timer);
      socket
        .off('error', fail)
        .off('close', closed)
        .off(tls ? 'secureConnect' : 'connect', ready);
      signal?.removeEventListener('abort', fail);
    }
    socket
      .once('error', fail)
      .once('close', closed)
      .once(tls ? 'secureConnect' : 'connect', ready);
    signal?.addEventListener('abort', fail, { once: true });
  });
}

/** Whether a PING without TLS gets any answer of the protocol. */
function answersPlainly({ host, port }: ConnectionOptions): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp({ host, port, autoSelectFamily: true, timeout: 1_000 });
    const end = (isAnswered: boolean) => {
      socket.destroy();
      resolve(isAnswered);
    };
    socket.on('connect', () => socket.write('*1\r\n$4\r\nPING\r\n'));
    socket.on('data', (chunk) => end(chunk[0] === 0x2b || chunk[0] === 0x2d));
    socket
      .on('error', () => end(false))
      .on('close', () => end(false))
      .on('timeout', () => end(false));
  });
}

async function shakeHands(connection: Connection, options: ConnectionOptions): Promise<void> {
  const password = typeof options.password === 'object' ? options.password?.reveal() : options.password;
  if (password) await signIn(connection, options.user ?? null, password);
  if (options.name) await connection.pipeline([['CLIENT', 'SETNAME', options.name]]);
  const [pong] = await connection.pipeline([['PING']]);
  if (pong instanceof ReplyError && stopsAtPing(pong, connection)) throw connection.classify(pong, 'PING');
  if (options.db) {
    const [reply] = await connection.pipeline([['SELECT', options.db]]);
    if (reply instanceof ReplyError) throw withDb(connection.classify(reply, 'SELECT'), options.db);
  }
}

async function signIn(connection: Connection, user: string | null, password: string): Promise<void> {
  const [reply] = await connection.pipeline([user ? ['AUTH', user, password] : ['AUTH', password]]);
  if (!(reply instanceof ReplyError)) return;
  // A server without any password takes everybody: as good as the right one.
  if (/no password is set|without any password configured/i.test(reply.message)) return;
  const known: ErrorCode[] = ['endpoint.loading', 'endpoint.too_many_clients', 'endpoint.protected_mode'];
  const error = connection.classify(reply, 'AUTH');
  // Nothing of the answer is kept: it may repeat the password.
  throw known.includes(error.code) ? error : new FerryError('endpoint.auth_failed', { endpoint: connection.endpoint });
}

/** A user without the right to PING is signed in all the same, and a replica without its primary answers too. */
function stopsAtPing(reply: ReplyError, connection: Connection): boolean {
  const { code } = connection.classify(reply, 'PING');
  return code !== 'endpoint.no_permission' && code !== 'source.not_primary' && code !== 'endpoint.persistence_failed';
}

const withDb = (error: FerryError, db: number): FerryError =>
  new FerryError(error.code, { ...error.facts, db }, error.cause);
const reasonOf = (signal: AbortSignal | undefined): Error =>
  signal?.reason instanceof Error ? signal.reason : new Error('aborted');
