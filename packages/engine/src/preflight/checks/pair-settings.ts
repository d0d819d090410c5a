import { bothServers, type Check, type CheckContext, type Finding } from '../check.ts';

/** Settings on which clients rely, and which are no part of the data. */
const settings = [
  'notify-keyspace-events',
  'maxmemory-policy',
  'timeout',
  'databases',
  'lua-time-limit',
  'appendonly',
  'proto-max-bulk-len',
  'tracking-table-max-keys',
  'lazyfree-lazy-expire',
];

/** What the target does otherwise than the source: settings and users are not copied. */
export const pairSettings: Check = {
  id: 'pair.settings',
  scope: 'pair',
  outcomes: {
    same: { status: 'pass', message: 'Source and target are set in the same way, where clients would notice' },
    differing: {
      status: 'warn',
      message: 'Settings that clients may notice differ: {settings}',
      fix: 'They are no part of the data: set them on the target yourself where they are needed.',
    },
    users: {
      status: 'warn',
      message: 'The source has users that the target lacks: {users}',
      fix: 'Users are no part of the data: make them on the target yourself (ACL LIST shows them).',
    },
    both: {
      status: 'warn',
      message: 'The source has users that the target lacks ({users}), and settings differ: {settings}',
      fix: 'Neither is part of the data: copy what is needed yourself.',
    },
  },
  applies: bothServers,
  run: async ({ source, target }) => {
    const [from, to] = [await lookAt(source), await lookAt(target)];
    return judgeSettings(from, to);
  },
};

export type Settings = { values: ReadonlyMap<string, string>; users: readonly string[] };

/** A setting that one side does not tell is not compared. */
export function judgeSettings(from: Settings, to: Settings): Finding {
  const differing = [...from.values].filter(([name, value]) => to.values.has(name) && to.values.get(name) !== value);
  const shown = differing
    .map(([name, value]) => `${name} ${value || '""'} → ${to.values.get(name) || '""'}`)
    .join(', ');
  const users = from.users.filter((name) => !to.users.includes(name)).join(', ');
  const outcome = shown && users ? 'both' : shown ? 'differing' : users ? 'users' : 'same';
  const observed = [shown, users].filter(Boolean).join('; ') || 'the same';
  return { outcome, observed, expected: 'the same', facts: { settings: shown, users } };
}

/** Of the first server: those of an end are set alike. */
async function lookAt(end: CheckContext['source']): Promise<Settings> {
  const [node] = await end.nodes();
  if (!node) return { values: new Map(), users: [] };
  const values = await Promise.all(settings.map(async (name) => [name, await node.config(name)] as const));
  const users = await node.ask('ACL', 'USERS');
  return {
    values: new Map(values.flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    users: Array.isArray(users) ? users.map(String).filter((name) => name !== 'default') : [],
  };
}
