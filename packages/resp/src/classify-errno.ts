import { type ErrorCode, FerryError } from '@cacheferry/kernel';

const reasons: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  EADDRNOTAVAIL: 'address not available',
  EACCES: 'not permitted on this machine',
  EPERM: 'not permitted on this machine',
  ENETDOWN: 'the network is down',
};
/** The same where the server is reached by a unix socket. */
const socketCodes: Record<string, ErrorCode> = {
  ENOENT: 'endpoint.socket_missing',
  ENOTDIR: 'endpoint.socket_missing',
  ECONNREFUSED: 'endpoint.socket_missing',
  EACCES: 'endpoint.socket_denied',
  EPERM: 'endpoint.socket_denied',
};
const nameCodes = new Set(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NONAME', 'EAI_NODATA', 'EBADNAME']);
const linkCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_WRITE_AFTER_END',
]);
const certificateCodes: Record<string, string> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an unknown authority',
  UNABLE_TO_GET_ISSUER_CERT: 'its certificate is signed by an unknown authority',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  CERT_REVOKED: 'its certificate is revoked',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
};

/** What only bytes that were changed on their way can cause. */
const damage =
  /bad record mac|decryption failed|digest check failed|decode error|record overflow|data length too long|unexpected (message|record)|length mismatch|invalid record/i;
/** The same once the handshake has shown that the server speaks TLS. */
const lateDamage = /wrong version number|packet length too long|unknown protocol|bad (length|packet)/i;

/** The error of the catalogue for a link that was in use. */
export function classifyLinkError(error: unknown, endpoint: string): FerryError {
  const isDamage = isTls(codeOf(error)) && error instanceof Error && lateDamage.test(error.message);
  return isDamage ? new FerryError('endpoint.link_lost', { endpoint }, error) : classifyErrno(error, endpoint);
}

/** The error of the catalogue for a failed socket, name look-up or TLS handshake. */
export function classifyErrno(error: unknown, endpoint: string, host = endpoint): FerryError {
  if (error instanceof FerryError) return error;
  const code = codeOf(error);
  const ofSocket = host.startsWith('/') ? socketCodes[code] : undefined;
  if (ofSocket) return new FerryError(ofSocket, { path: host }, error);
  if (nameCodes.has(code)) return new FerryError('dns.failed', { host, reason: code }, error);
  if (code === 'ETIMEDOUT') return new FerryError('endpoint.timeout', { endpoint }, error);
  if (linkCodes.has(code)) return new FerryError('endpoint.link_lost', { endpoint }, error);
  const isDamage = isTls(code) && error instanceof Error && damage.test(error.message);
  if (isDamage) return new FerryError('endpoint.link_lost', { endpoint }, error);
  const certificate = certificateCodes[code];
  if (certificate) return new FerryError('endpoint.tls', { endpoint, reason: certificate }, error);
  if (isTls(code)) return new FerryError('endpoint.tls', { endpoint, reason: tlsReason(code, error) }, error);
  return new FerryError('endpoint.unreachable', { endpoint, reason: reasons[code] ?? (code || 'unknown') }, error);
}

function codeOf(error: unknown): string {
  const outer = error as { code?: unknown; errors?: unknown[] } | null;
  if (typeof outer?.code === 'string') return outer.code;
  return Array.isArray(outer?.errors) && outer.errors.length > 0 ? codeOf(outer.errors[0]) : '';
}

const isTls = (code: string): boolean =>
  code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code.startsWith('ERR_OSSL');

function tlsReason(code: string, error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  if (/wrong version number|packet length too long|unknown protocol/i.test(text))
    return 'the server does not speak TLS';
  if (/unsupported protocol|protocol version|no protocols available/i.test(text))
    return 'it offers only outdated versions of TLS';
  if (/certificate required|handshake failure|bad certificate/i.test(text))
    return 'it asks for a client certificate (cert=, key=)';
  return code;
}
