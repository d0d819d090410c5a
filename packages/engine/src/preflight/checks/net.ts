import { type Endpoint, isSocketPath } from '@cacheferry/contract';
import { FerryError } from '@cacheferry/kernel';
import { endpointName } from '@cacheferry/resp';
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
import { findUnreached } from '../find-unreached.ts';
import { Prerequisite } from '../prerequisite.ts';
import type { ServerNode } from '../server-node.ts';
import { checkOfStage, stageOf } from '../stage.ts';
import { tlsProbe } from '../tls-probe.ts';
import { formatMs } from '../units.ts';

const pings = 20;
const expected = 'can be reached';

const outcomes: Check['outcomes'] = {
  reached: { status: 'pass', message: '{endpoint} answers in {roundTrip}' },
  connected: { status: 'pass', message: '{endpoint} can be reached' },
  slow: {
    status: 'warn',
    message: '{endpoint} answers only after {roundTrip}',
    fix: 'Choose a machine that is nearer, or raise --connections.',
  },
  announced_by_cluster: {
    status: 'fail',
    message: 'The cluster names {endpoint} as one of its servers, which cannot be reached from here: {reason}',
    fix: 'Let the server announce an address that this machine reaches (cluster-announce-ip, cluster-announce-hostname), or open the way to it.',
  },
  announced_by_sentinels: {
    status: 'fail',
    message: 'The sentinels name {endpoint} as the primary, which cannot be reached from here: {reason}',
    fix: 'Let it announce an address that this machine reaches (replica-announce-ip), or open the way to it.',
  },
  spare_unreached: {
    status: 'warn',
    message: '{endpoint}, a replica, cannot be reached from here: after a failover the migration would wait',
    fix: 'Open the way to it.',
  },
  sentinel_silent: {
    status: 'warn',
    message: 'The sentinel {endpoint} cannot be reached from here',
    fix: 'Correct its address, or open the way to it. A failover is noticed while one sentinel answers.',
  },
};

/** Whether every server of the end can be reached from here, and how long an answer takes. */
export const netSource: Check = {
  id: 'net.source',
  scope: 'source',
  outcomes,
  applies: sourceServer,
  run: (c) => reach(c.source),
};
export const netTarget: Check = {
  id: 'net.target',
  scope: 'target',
  outcomes,
  applies: targetServer,
  run: (c) => reach(c.target),
};

async function reach(end: CheckContext['source']): Promise<Finding | readonly Answer[]> {
  const attempt = await end.attempt();
  if ('nodes' in attempt) {
    const primaries = await onEachNode(end, (node) => reachNode(node, end));
    return [...primaries, ...(await findUnreached(end))];
  }
  const stage = stageOf(attempt.error.code);
  if (stage !== 'net') throw new Prerequisite(checkOfStage(end.role, stage));
  return failure(attempt.error, expected);
}

async function reachNode(node: ServerNode, end: CheckContext['source']): Promise<Finding> {
  const attempt = await node.attempt();
  if ('connection' in attempt) return judgeRoundTrip(await typicalPing(node));
  // Whatever stopped it later, the host was reached.
  if (stageOf(attempt.error.code) !== 'net') return { outcome: 'connected', observed: 'connected' };
  if (await isTlsExpected(node, attempt.error))
    return failure(new FerryError('endpoint.tls_expected', { endpoint: node.name }), 'a plain port');
  return judgeUnreached(attempt.error, end.endpoint);
}

/** An address that nobody typed in: whoever named it has to be told another one. */
export function judgeUnreached(error: FerryError, endpoint: Endpoint): Finding {
  const name = String(error.facts.endpoint ?? '');
  const facts = { endpoint: name, reason: String(error.facts.reason ?? error.spec.title) };
  const isOwn = error.code.startsWith('endpoint.') || error.code === 'dns.failed';
  if (endpoint.kind === 'sentinel' && isOwn)
    return { outcome: 'announced_by_sentinels', observed: error.message, expected, facts };
  const isGiven = endpoint.kind === 'cluster' && endpoint.nodes.some((one) => endpointName(one) === name);
  if (endpoint.kind === 'cluster' && isOwn && !isGiven)
    return { outcome: 'announced_by_cluster', observed: error.message, expected, facts };
  return failure(error, expected);
}

/** The median, on a connection of its own: a single slow answer, or one behind others, says nothing about the way. */
async function typicalPing(node: ServerNode): Promise<number> {
  const connection = await node.open();
  const times: number[] = [];
  for (let n = 0; n < pings; n++) {
    const start = performance.now();
    await connection.pipeline([['PING']]);
    times.push(performance.now() - start);
    // A far server need not be asked often.
    if (n >= 2 && times.every((time) => time > 50)) break;
  }
  await connection.close();
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}

/** More than 50 ms make every wait for an answer felt. */
export function judgeRoundTrip(roundTripMs: number): Finding {
  const roundTrip = roundTripMs < 1 ? 'less than 1 ms' : formatMs(roundTripMs);
  const facts = { roundTrip, roundTripMs: Math.round(roundTripMs) };
  return { outcome: roundTripMs > 50 ? 'slow' : 'reached', observed: roundTrip, expected: '50 ms or less', facts };
}

/** A TLS port breaks off what does not begin with a handshake. */
async function isTlsExpected(node: ServerNode, error: FerryError): Promise<boolean> {
  if (error.code !== 'endpoint.link_lost' && error.code !== 'endpoint.timeout') return false;
  const { host, port, tls } = await node.address();
  return !tls && !isSocketPath(host) && (await tlsProbe({ host, port })) !== null;
}
