import type { Argument } from '@cacheferry/resp';

/** A command that the user needs, with a form of it that can be asked for. */
export type Requirement = {
  /** As ACL SETUSER names it: `config|get`. */
  command: string;
  form: readonly Argument[];
  /** What is lost without it; a requirement without this text is needed. */
  without?: string;
};

const key = 'cf:ck:preflight';
const need = (command: string, ...rest: Argument[]): Requirement => ({
  command,
  form: [...command.split('|'), ...rest],
});
const wish = (without: string, command: string, ...rest: Argument[]): Requirement => ({
  ...need(command, ...rest),
  without,
});

const checks = 'full checks and the look at existing keys';
const mending = 'the mending of keys that expire on the target while it is behind';
const limits = 'the look at its limits';

/** To be followed by the replication stream. From 7.0 on the wrong offset keeps it from starting anything. */
export const streamRequirements: readonly Requirement[] = [
  need('psync', '?', 'x'),
  need('replconf', 'capa', 'eof'),
  need('ping'),
  need('info'),
  wish(limits, 'config|get', 'maxmemory'),
  wish('the comparison of clocks', 'time'),
  wish(checks, 'scan', '0'),
  wish(checks, 'type', key),
  wish(`${checks}, and ${mending}`, 'dump', key),
  wish(`${checks}, and ${mending}`, 'pttl', key),
  wish(mending, 'multi'),
  wish(mending, 'select', '0'),
];

const readOneByOne = new Set(['type', 'dump', 'pttl', 'multi', 'select', 'info', 'time']);

/** The same where rules look at values, so that keys which change are read one by one. */
export const valueRequirements: readonly Requirement[] = [
  ...streamRequirements.map(({ without, ...one }) =>
    without === undefined || readOneByOne.has(one.command) ? one : { ...one, without },
  ),
  need('exec'),
  need('strlen', key),
];

/** To be read by SCAN. */
export const scanRequirements: readonly Requirement[] = [
  need('scan', '0'),
  need('type', key),
  need('dump', key),
  need('pttl', key),
  need('select', '0'),
  need('ping'),
  need('info'),
  wish(limits, 'config|get', 'maxmemory'),
  wish('the comparison of clocks', 'time'),
];

/** To be written to. */
export const targetRequirements: readonly Requirement[] = [
  need('ping'),
  need('info'),
  need('select', '0'),
  need('multi'),
  need('exec'),
  need('watch', key),
  need('hget', key, 'f'),
  need('hgetall', key),
  need('hmset', key, 'f', 'v'),
  need('restore', key, '0', 'x'),
  need('del', key),
  need('set', key, 'v'),
  need('incr', key),
  need('append', key, 'v'),
  need('pexpireat', key, '1'),
  need('persist', key),
  need('rename', key, key),
  need('hset', key, 'f', 'v'),
  need('hdel', key, 'f'),
  need('rpush', key, 'v'),
  need('lpop', key),
  need('sadd', key, 'm'),
  need('srem', key, 'm'),
  need('sscan', key, '0'),
  need('exists', key),
  need('zadd', key, '1', 'm'),
  need('zrem', key, 'm'),
  need('eval', 'return 1', '0'),
  wish('FLUSHALL of the source', 'flushall'),
  wish('FLUSHDB of the source', 'flushdb'),
  wish('SWAPDB of the source', 'swapdb', '0', '0'),
  wish('SORT … STORE of the source', 'sort', key),
  wish(checks, 'scan', '0'),
  wish(checks, 'dump', key),
  wish(limits, 'config|get', 'maxmemory'),
  wish('the comparison of clocks', 'time'),
];

/** To find the servers of a cluster, and to follow a slot that is on its way. */
export function clusterRequirements(role: 'source' | 'target'): readonly Requirement[] {
  const view = [
    need('cluster|nodes'),
    need('cluster|slots'),
    wish('the look at the state of the cluster', 'cluster|info'),
  ];
  return role === 'target' ? [...view, need('asking')] : view;
}

/** Commands that only newer servers have: nobody can allow them on an older one. */
export const newerRequirements: readonly (Requirement & { since: number })[] = [
  { since: 40_000, ...need('unlink', key) },
  { since: 50_000, ...need('xadd', key, '*', 'f', 'v') },
  { since: 50_000, ...need('xgroup|create', key, 'g', '0') },
  { since: 70_000, ...wish('libraries of functions', 'function|load', 'x') },
];

/** The same of a source that is read key by key. */
export const newerValueRequirements: typeof newerRequirements = [{ since: 70_000, ...need('pexpiretime', key) }];

/** The line that allows the missing commands and, where keys were refused, all keys. */
export function aclCommand(user: string, commands: readonly string[], keysRefused: boolean): string {
  const rights = [...(keysRefused ? ['~*'] : []), ...commands.map((command) => `+${command}`)];
  return `ACL SETUSER ${user} ${rights.join(' ')}`;
}
