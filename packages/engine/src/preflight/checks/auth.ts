import { type Check, failure, type Finding, onEachNode, sourceServer, targetServer } from '../check.ts';
import { Prerequisite } from '../prerequisite.ts';
import type { ServerNode } from '../server-node.ts';
import { checkOfStage, stageOf } from '../stage.ts';

const outcomes: Check['outcomes'] = {
  signed_in: { status: 'pass', message: '{endpoint} lets {user} in' },
  no_password: {
    status: 'warn',
    message: '{endpoint} lets everybody in: its default user has no password',
    fix: 'Give the default user a password, or make sure that only trusted hosts reach the server.',
  },
};

/** Whether user and password are right on every server. */
export const sourceAuth: Check = {
  id: 'source.auth',
  scope: 'source',
  outcomes,
  applies: sourceServer,
  run: ({ source }) => onEachNode(source, signIn),
};
export const targetAuth: Check = {
  id: 'target.auth',
  scope: 'target',
  outcomes,
  applies: targetServer,
  run: ({ target }) => onEachNode(target, signIn),
};

async function signIn(node: ServerNode): Promise<Finding> {
  const attempt = await node.attempt();
  const { user, password } = await node.address();
  const facts = { user: user ?? 'default' };
  if ('connection' in attempt) {
    const outcome = password ? 'signed_in' : 'no_password';
    return { outcome, observed: password ? `signed in as ${facts.user}` : 'no password', expected: 'signed in', facts };
  }
  const stage = stageOf(attempt.error.code);
  if (stage === 'auth') return failure(attempt.error, 'signed in');
  if (stage !== 'ready') throw new Prerequisite(checkOfStage(node.role, stage));
  return { outcome: 'signed_in', observed: 'signed in', facts };
}
