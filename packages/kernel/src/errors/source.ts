import type { ErrorArea } from './spec.ts';

export const sourceErrors = {
  'source.not_primary': {
    http: 422,
    exit: 1,
    retry: false,
    title: '{endpoint} is a replica whose link to its primary is down',
    fix: 'Heal the replica, or use its primary as the source.',
  },
  'source.psync_refused': {
    http: 422,
    exit: 1,
    retry: false,
    title: '{endpoint} refuses PSYNC: {reason}',
    fix: 'Allow it (ACL SETUSER {user} +psync +replconf), or use a redis-scan:// source.',
  },
  'source.sync_failed': {
    http: 502,
    exit: 1,
    retry: true,
    title: '{endpoint} broke off its full sync',
    fix: 'Look at the log of the source: it needs memory or disk to write a snapshot.',
  },
  'source.changed': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{endpoint} is another server than before',
    fix: 'Point the migration at the right server, or start it anew from an empty target.',
  },
  'source.scan_endless': {
    http: 502,
    exit: 1,
    retry: false,
    title: 'SCAN on {endpoint} does not come to an end: {keys} keys so far',
    fix: 'Look at the server: its cursor goes round. A proxy in front of it may be the cause; use the server itself.',
  },
  'source.failover': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'The primary of the source moved from {endpoint} to {to}',
    fix: 'Nothing: the migration goes on from there by itself.',
  },
  'source.no_offset': {
    http: 422,
    exit: 1,
    retry: false,
    title: '{endpoint} does not tell the offset of its replication stream',
    fix: 'Allow INFO to the user of the source; servers before 2.8 have no offsets.',
  },
  'source.snapshot_refused': {
    http: 422,
    exit: 1,
    retry: false,
    title:
      '{endpoint} lets no single keys be read ({reason}): a key whose expiry passed on the target while this run was behind may be wrong there',
    fix: 'Allow +multi +exec +select +dump +pexpiretime +pttl +time +info and ~* to the user of the source, with rules about type, ttl or size +type +strlen too, then check the data.',
  },
  'source.file_changed': {
    http: 409,
    exit: 1,
    retry: false,
    title: '{path} is another file than the one that this migration began with',
    fix: 'Give the same file again, or begin anew: another state directory (--state) and an empty target.',
  },
  'source.shard_unshared': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'The shard {shard} of the source belongs to no share: it was not there when the migration was divided',
    fix: 'Begin anew with an empty target and new state directories.',
  },
  'source.flush_in_transaction': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'A node of the source was flushed (FLUSHALL, FLUSHDB) within a transaction: that cannot be followed',
    fix: 'Start anew with an empty target and a new state directory.',
  },
  'source.cluster_database': {
    http: 422,
    exit: 1,
    retry: false,
    title:
      'Shard {shard} of the clustered source has keys in database {db}, and of a cluster only database 0 is followed',
    fix: 'Leave the other databases out (--filter db:0), or have them in database 0 first. Start anew in an empty state directory.',
  },
  'source.slots_moved': {
    http: 409,
    exit: 1,
    retry: false,
    title:
      'Slot {slot} moved between nodes of the source, which cannot be followed in mode full, or into a target that held other keys before',
    fix: 'Let the slots rest, or use --mode sync into an empty target. Start anew in an empty state directory.',
  },
} as const satisfies ErrorArea;
