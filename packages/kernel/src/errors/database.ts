import type { ErrorArea } from './spec.ts';

export const databaseErrors = {
  'db.unreachable': {
    http: 503,
    exit: 1,
    retry: true,
    title: 'The database at {server} cannot be reached: {reason}',
    fix: 'Start it, or correct DATABASE_URL. Without DATABASE_URL cacheferry runs a PostgreSQL of its own.',
  },
  'db.auth_failed': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'The database at {server} refused user, password or database name',
    fix: 'Correct them in DATABASE_URL.',
  },
  'db.too_old': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'The database at {server} is PostgreSQL {version}, and cacheferry needs {needed} or newer',
    fix: 'Upgrade it, or unset DATABASE_URL: cacheferry then runs a PostgreSQL of its own.',
  },
  'db.in_use': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'The folder {dir} is in use by process {pid}',
    fix: 'Stop that cacheferry first, or give this one a folder of its own by FERRY_HOME.',
  },
  'db.no_embedded': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'There is no embedded PostgreSQL for {platform}',
    fix: 'Set DATABASE_URL to a PostgreSQL 14 or newer.',
  },
  'db.embedded_failed': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'The embedded PostgreSQL did not start: {reason}',
    fix: 'Its log {log} tells why. DATABASE_URL may name another PostgreSQL instead.',
  },
  'db.migration_failed': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'The database could not be brought up to date: {reason}',
    fix: 'Restore the backup from before, or repair the database as the reason says, then start again.',
  },
  'db.newer_than_code': {
    http: 503,
    exit: 1,
    retry: false,
    title: 'The database was used by a newer cacheferry (it has {name})',
    fix: 'Start that newer version, or restore the backup from before the upgrade.',
  },
} as const satisfies ErrorArea;
