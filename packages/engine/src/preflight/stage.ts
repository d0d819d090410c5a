import type { ErrorCode } from '@cacheferry/kernel';

/** How far a connection came: to the host, through TLS, to a server of the family, past the login, to what its user may ask, to its data. */
export type Stage = 'net' | 'tls' | 'protocol' | 'auth' | 'rights' | 'ready';

const stages: Partial<Record<ErrorCode, Stage>> = {
  'dns.failed': 'net',
  'endpoint.unreachable': 'net',
  'endpoint.socket_missing': 'net',
  'endpoint.socket_denied': 'net',
  'endpoint.timeout': 'net',
  'endpoint.link_lost': 'net',
  'endpoint.unsupported': 'net',
  'sentinel.unreachable': 'net',
  'sentinel.unknown_master': 'net',
  'sentinel.disagree': 'net',
  'sentinel.no_primary': 'net',
  'cluster.unreachable': 'net',
  'cluster.no_primary': 'net',
  'cluster.disabled': 'net',
  'endpoint.tls': 'tls',
  'endpoint.protocol': 'protocol',
  'protocol.malformed': 'protocol',
  'endpoint.auth_required': 'auth',
  'endpoint.auth_failed': 'auth',
  'endpoint.protected_mode': 'auth',
  'endpoint.no_permission': 'rights',
};

/** At which stage that error stopped a connection. */
export function stageOf(code: ErrorCode): Stage {
  // Without its file nothing is known of a pool, nor of an application without CacheCloud.
  return stages[code] ?? (/^(twemproxy|cachecloud)\./.test(code) ? 'net' : 'ready');
}

/** The check that reports a connection which stopped at that stage. */
export function checkOfStage(role: 'source' | 'target', stage: Stage): string {
  switch (stage) {
    case 'net':
      return `net.${role}`;
    case 'tls':
      return 'net.tls';
    case 'protocol':
      return `${role}.version`;
    case 'auth':
      return `${role}.auth`;
    case 'rights':
      return `${role}.permissions`;
    case 'ready':
      return role === 'source' ? 'source.persistence' : 'target.role';
  }
}
