import type { ErrorFacts } from '@cacheferry/kernel';
import {
  type Answer,
  type Check,
  type CheckContext,
  failure,
  type Finding,
  followsValues,
  onEachNode,
  sourceServer,
  targetServer,
} from '../check.ts';
import {
  aclCommand,
  clusterRequirements,
  newerRequirements,
  newerValueRequirements,
  type Requirement,
  scanRequirements,
  streamRequirements,
  targetRequirements,
  valueRequirements,
} from '../permissions.ts';
import { probePermissions, type Rights } from '../probe-permissions.ts';
import { productOf } from '../product.ts';
import { isDenied, type ServerNode } from '../server-node.ts';
import { stageOf } from '../stage.ts';
import { Info } from '../info.ts';

const outcomes: Check['outcomes'] = {
  allowed: { status: 'pass', message: 'The user {user} at {endpoint} may do all that is needed' },
  optional_missing: {
    status: 'warn',
    message: 'The user {user} at {endpoint} may not run {optional}; without it there is no {lost}',
    fix: 'Allow it, or do without.',
    command: '{acl}',
  },
  missing: {
    status: 'fail',
    message: 'The user {user} at {endpoint} may not run {commands}',
    fix: 'Allow it, or give another user.',
    command: '{acl}',
  },
  keys_refused: {
    status: 'fail',
    message: 'The user {user} at {endpoint} may not touch all keys',
    fix: 'Allow all keys for the run, or give another user.',
    command: '{acl}',
  },
  unknown_commands: {
    status: 'fail',
    message: '{endpoint} does not know {unknown}: renamed or disabled',
    fix: 'Take the rename-command lines out of its configuration, or use another kind of source.',
  },
};

const expected = 'all needed commands';

/** Whether the user has all rights that the run needs, found out without any effect. */
export const sourcePermissions: Check = {
  id: 'source.permissions',
  scope: 'source',
  outcomes,
  applies: sourceServer,
  run: (context) => {
    const { source } = context;
    if (source.isScan) return ask(source, scanRequirements);
    return followsValues(context)
      ? ask(source, valueRequirements, newerValueRequirements)
      : ask(source, streamRequirements);
  },
};
export const targetPermissions: Check = {
  id: 'target.permissions',
  scope: 'target',
  outcomes,
  applies: targetServer,
  run: ({ target }) => ask(target, targetRequirements),
};

async function ask(
  end: CheckContext['source'],
  base: readonly Requirement[],
  newerOnSource: typeof newerRequirements = [],
): Promise<Finding | readonly Answer[]> {
  const attempt = await end.attempt();
  // What is needed to find the servers of a cluster is asked of the first one.
  if ('error' in attempt && stageOf(attempt.error.code) === 'rights') return failure(attempt.error, expected);
  return onEachNode(end, async (node) => {
    const version = await versionOf(node);
    const newer = (node.role === 'target' ? newerRequirements : newerOnSource).filter(({ since }) => version >= since);
    // What a source is asked for changes nothing, but for PSYNC: one that is taken for a real one would start a full sync.
    const isHarmless = ({ command }: Requirement) => node.role === 'source' && command !== 'psync';
    const kind = end.endpoint.kind === 'cluster' ? clusterRequirements(end.role) : [];
    return judgeRights(await probePermissions(node, [...base, ...kind, ...newer], isHarmless));
  });
}

/** 0 where INFO is not allowed; that is one of the rights to be found missing. */
async function versionOf(node: ServerNode): Promise<number> {
  const reply = await node.ask('INFO', 'server');
  if (isDenied(reply)) return 0;
  return productOf(new Info(String(reply)))?.redisNumber ?? 0;
}

/** Needed rights first; what can be done without is a warning. */
export function judgeRights({ user, denied, unknown, keysRefused }: Rights): Finding {
  const needed = denied.filter(({ without }) => without === undefined).map(names);
  const optional = denied.filter(({ without }) => without !== undefined);
  const unknownNeeded = unknown.filter(({ without }) => without === undefined).map(names);
  const facts: ErrorFacts = {
    user,
    commands: needed.join(', '),
    optional: optional.map(names).join(', '),
    unknown: unknownNeeded.join(', '),
    lost: [...new Set(optional.map(({ without }) => without))].join('; '),
    acl: aclCommand(user, keysRefused ? [] : denied.map(names), keysRefused),
  };
  if (unknownNeeded.length > 0)
    return { outcome: 'unknown_commands', observed: `unknown: ${facts.unknown}`, expected, facts };
  if (keysRefused) return { outcome: 'keys_refused', observed: 'keys refused', expected, facts };
  if (needed.length > 0) return { outcome: 'missing', observed: `refused: ${facts.commands}`, expected, facts };
  if (optional.length > 0)
    return { outcome: 'optional_missing', observed: `refused: ${facts.optional}`, expected, facts };
  return { outcome: 'allowed', observed: 'all allowed', expected, facts };
}

const names = ({ command }: Requirement): string => command;
