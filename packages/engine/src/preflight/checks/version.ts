import {
  type Answer,
  type Check,
  type CheckContext,
  failure,
  type Finding,
  onEachNode,
  sourceServer,
  targetServer,
} from '../check.ts';
import type { Info } from '../info.ts';
import { Prerequisite } from '../prerequisite.ts';
import { productOf } from '../product.ts';
import type { ServerNode } from '../server-node.ts';
import { checkOfStage, stageOf } from '../stage.ts';

/** The newest releases that this version was run against, exclusive. */
const tested = { Redis: 80_100, Valkey: 90_200 };
const oldest = { source: 20_400, target: 20_600 };

const outcomes: Check['outcomes'] = {
  supported: { status: 'pass', message: '{endpoint} is {product} {version}' },
  newer: {
    status: 'warn',
    message: '{endpoint} is {product} {version}, newer than what this version was tested with',
    fix: 'Look for a newer version of cacheferry, and run a full check after the copy.',
  },
  mixed: {
    status: 'warn',
    message: 'The servers do not all run the same version: {versions}',
    fix: 'End the upgrade first, or make sure that the run does not fall into it.',
  },
  too_old: {
    status: 'fail',
    message: '{endpoint} is {product} {version}; at least {needed} is needed',
    fix: 'Upgrade the server, or use a file that it wrote (rdb:).',
  },
  sentinel: {
    status: 'fail',
    message: '{endpoint} is a sentinel, not a server with data',
    fix: 'Write redis+sentinel://{endpoint}/NAME with the name of its master.',
  },
  not_compatible: {
    status: 'fail',
    message: '{endpoint} answers, but it is no server that is known',
    fix: 'Check the address: it has to be Redis or Valkey.',
  },
};

/** Product and version. */
export const sourceVersion: Check = {
  id: 'source.version',
  scope: 'source',
  outcomes,
  applies: sourceServer,
  run: ({ source }) => lookAtAll(source),
};
export const targetVersion: Check = {
  id: 'target.version',
  scope: 'target',
  outcomes,
  applies: targetServer,
  run: ({ target }) => lookAtAll(target),
};

/** Each by itself, then all together. */
async function lookAtAll(end: CheckContext['source']): Promise<readonly Answer[]> {
  const answers = await onEachNode(end, lookAt);
  const versions = [...new Set(answers.map((one) => ('observed' in one ? one.observed : '')))].sort();
  if (versions.length < 2 || answers.some((one) => !('outcome' in one) || one.outcome !== 'supported')) return answers;
  const shown = versions.join(', ');
  return [{ outcome: 'mixed', observed: shown, expected: 'one version', facts: { versions: shown } }];
}

async function lookAt(node: ServerNode): Promise<Finding> {
  const attempt = await node.attempt();
  if ('connection' in attempt) return judgeVersion(await node.info(), node.role);
  const stage = stageOf(attempt.error.code);
  if (stage === 'protocol') return failure(attempt.error, 'Redis or Valkey');
  throw new Prerequisite(checkOfStage(node.role, stage));
}

/** Older than the first release that can be read, or newer than the last one that was tried. */
export function judgeVersion(info: Info, role: 'source' | 'target'): Finding {
  const expected = 'Redis or Valkey';
  if (info.text('redis_mode') === 'sentinel') return { outcome: 'sentinel', observed: 'a sentinel', expected };
  const product = productOf(info);
  if (product === null) return { outcome: 'not_compatible', observed: 'unknown', expected };
  const needed = oldest[role] === 20_400 ? '2.4' : '2.6';
  const facts = { product: product.name, version: product.version, needed };
  const observed = `${product.name} ${product.version}`;
  if (product.redisNumber < oldest[role])
    return { outcome: 'too_old', observed, expected: `${needed} or newer`, facts };
  return { outcome: product.number >= tested[product.name] ? 'newer' : 'supported', observed, expected, facts };
}
