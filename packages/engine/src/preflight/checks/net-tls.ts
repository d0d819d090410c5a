import { type Check, type CheckContext, failure, type Finding, onEachNode } from '../check.ts';
import type { End } from '../end.ts';
import { Prerequisite } from '../prerequisite.ts';
import type { ServerNode } from '../server-node.ts';
import { checkOfStage, stageOf } from '../stage.ts';
import { tlsProbe } from '../tls-probe.ts';

const outcomes: Check['outcomes'] = {
  valid: { status: 'pass', message: 'The certificate of {endpoint} is valid until {validTo}' },
  expires: {
    status: 'warn',
    message: 'The certificate of {endpoint} expires on {validTo}, in {days} {days|day|days}',
    fix: 'Renew it before, or the connection cannot be made anew.',
  },
};

const usesTls = ({ endpoint }: End): boolean => 'tls' in endpoint && endpoint.tls !== null;

/** Chain, name and expiry of the certificates, where the address asks for TLS. */
export const netTlsSource: Check = {
  id: 'net.tls',
  scope: 'source',
  outcomes,
  applies: ({ source }) => usesTls(source),
  run: (context) => look(context.source, context),
};
export const netTlsTarget: Check = {
  id: 'net.tls',
  scope: 'target',
  outcomes,
  applies: ({ target }) => usesTls(target),
  run: (context) => look(context.target, context),
};

const look = (end: End, { clock }: CheckContext) => onEachNode(end, (node) => lookAt(node, clock.now()));

async function lookAt(node: ServerNode, now: number): Promise<Finding> {
  const attempt = await node.attempt();
  if ('error' in attempt) {
    const stage = stageOf(attempt.error.code);
    if (stage === 'tls') return failure(attempt.error, 'a valid certificate');
    if (stage === 'net') throw new Prerequisite(checkOfStage(node.role, stage));
  }
  const answer = await tlsProbe(await node.address());
  return judgeExpiry(answer?.validTo ?? null, now);
}

/** 30 days are enough to renew a certificate in good order. */
export function judgeExpiry(validTo: Date | null, now: number): Finding {
  if (validTo === null) return { outcome: 'valid', observed: 'unknown', facts: { validTo: 'an unknown date' } };
  const days = Math.floor((validTo.getTime() - now) / 86_400_000);
  const facts = { validTo: validTo.toISOString().slice(0, 10), days };
  const outcome = days < 30 ? 'expires' : 'valid';
  return { outcome, observed: `valid until ${facts.validTo}`, expected: '30 days or more', facts };
}
