import { FerryError } from '@cacheferry/kernel';

const reasons: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EPIPE: 'connection reset',
  EHOSTUNREACH: 'no route to it',
  EHOSTDOWN: 'it is down',
  ENETUNREACH: 'no route to its network',
  ENETDOWN: 'the network is down',
  ENOTFOUND: 'its name is unknown',
  EAI_AGAIN: 'its name could not be looked up',
  EADDRNOTAVAIL: 'the address cannot be used',
  EACCES: 'the connection is forbidden here',
  EPERM: 'the connection is forbidden here',
};

/** What ssh2 says of a connection that could not be made, as one of our errors. Credentials are judged elsewhere. */
export function classifyConnectError(thrown: unknown, host: string, seconds: number): FerryError {
  if (thrown instanceof FerryError) return thrown;
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = property(error, 'code');
  const level = property(error, 'level');
  if (level === 'client-timeout' || code === 'ETIMEDOUT') return timedOut(host, seconds, error);
  const reason = reasons[code];
  if (reason) return new FerryError('machine.unreachable', { host, reason }, error);
  if (/^(handshake|protocol)$/.test(level) || /handshake|identification/i.test(error.message))
    return notSsh(host, error);
  return new FerryError('machine.unreachable', { host, reason: shortReason(error) }, error);
}

function notSsh(host: string, error: Error): FerryError {
  // What sshd does while it has too many logins waiting (MaxStartups), and what it does when it restarts.
  if (/lost before handshake|reset/i.test(error.message))
    return new FerryError('machine.unreachable', { host, reason: 'it hung up at once' }, error);
  return new FerryError('machine.not_ssh', { host, reason: shortReason(error) }, error);
}

function timedOut(host: string, seconds: number, cause: Error): FerryError {
  return new FerryError('machine.timeout', { host, seconds, step: 'connecting' }, cause);
}

/** Why an open connection ended, as one of our errors. */
export function linkLost(host: string, thrown: unknown): FerryError {
  if (thrown instanceof FerryError) return thrown;
  const error = thrown instanceof Error ? thrown : undefined;
  const code = error ? property(error, 'code') : '';
  const silent = error !== undefined && /keepalive/i.test(error.message);
  const reason = silent
    ? 'it fell silent'
    : (reasons[code] ?? (error ? shortReason(error) : 'closed by the other side'));
  return new FerryError('machine.link_lost', { host, reason }, thrown);
}

/** A text of ssh2 or of a server as part of a sentence: one line, short, nothing that a terminal would act on. */
export function shortReason(error: Error): string {
  return (
    error.message
      .replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, ' ')
      .trim()
      .slice(0, 200) || error.name
  );
}

/** A property of an error that its type does not know, as text. */
export function property(error: object, name: string): string {
  const value = Object.getOwnPropertyDescriptor(error, name)?.value;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
