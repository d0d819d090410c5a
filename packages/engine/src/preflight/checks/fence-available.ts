import { type Check, type Finding, onEachNode, sourceServer } from '../check.ts';
import type { Requirement } from '../permissions.ts';
import { probePermissions, type Rights } from '../probe-permissions.ts';
import { productOf } from '../product.ts';

/** `CLIENT PAUSE … WRITE` is known from here on. */
const since = 60_200;
const expected = 'CLIENT PAUSE WRITE';
const rights: readonly Requirement[] = [
  { command: 'client|pause', form: ['CLIENT', 'PAUSE', '0', 'WRITE'] },
  { command: 'client|unpause', form: ['CLIENT', 'UNPAUSE'] },
];

/** Whether writes at the source can be held for the moment in which clients move (`ferry fence`). */
export const fenceAvailable: Check = {
  id: 'fence.available',
  scope: 'source',
  outcomes: {
    pause: { status: 'pass', message: 'Writes at {endpoint} can be held while clients move (CLIENT PAUSE)' },
    too_old: {
      status: 'warn',
      message: '{endpoint} is older than 6.2: it cannot hold writes while clients move',
      fix: 'Plan to stop the writers yourself before clients move.',
    },
    no_right: {
      status: 'warn',
      message: 'The user {user} may not hold writes at {endpoint} while clients move: {missing}',
      fix: 'Allow it, or stop the writers yourself before clients move.',
      command: 'ACL SETUSER {user} {allow}',
    },
  },
  applies: (context) => sourceServer(context) && context.job.mode === 'sync',
  run: ({ source }) =>
    onEachNode(source, async (node) => {
      const version = productOf(await node.info())?.redisNumber ?? 0;
      if (version < since) return { outcome: 'too_old', observed: 'too old', expected };
      return judgeFence(await probePermissions(node, rights, () => false));
    }),
};

/** What the user lacks to hold writes. */
export function judgeFence(lacks: Rights): Finding {
  const missing = [...lacks.denied, ...lacks.unknown].map(({ command }) => command);
  if (missing.length === 0) return { outcome: 'pause', observed: expected, expected };
  const facts = { user: lacks.user, missing: missing.join(', '), allow: missing.map((one) => `+${one}`).join(' ') };
  return { outcome: 'no_right', observed: facts.missing, expected, facts };
}
