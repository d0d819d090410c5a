import { type EndpointTest, PreflightReport, type PreflightRow, type Problem } from '@cacheferry/contract';
import { isErrorCode } from '@cacheferry/kernel';
import { told } from './ask-machine.ts';

/**
 * What the preflight of an endpoint with itself says about the endpoint: facts of either side are its own, unless it
 * could not be reached or read. `undefined`: it is no report.
 */
export function readTestReport(document: unknown): EndpointTest | undefined {
  const report = PreflightReport.safeParse(document);
  if (!report.success) return undefined;
  const { source, target, rows } = report.data;
  const facts = source ?? target;
  // It stands at both ends: what that says about the pair says nothing about it, and no more does what the machine lacks.
  const own = rows.filter(({ id }) => !/^(pair|machine|predict)\./.test(id));
  const failed = own.filter(({ status }) => status === 'fail' || status === 'error');
  const wasRead = facts !== null && (facts.version !== null || facts.mode !== null);
  const about = wasRead ? failed.find(({ code }) => /^(endpoint|rdb|aof|twemproxy)\./.test(code ?? '')) : failed[0];
  if (wasRead && !about) return { ok: true, facts, files: [], problem: null };
  return { ok: false, facts: null, files: [], problem: about ? problemOf(about) : told('') };
}

function problemOf({ code = '', message, observed, fix, facts = {} }: PreflightRow): Problem {
  // An outcome that only the preflight knows, as a server of a cluster that is out of reach.
  const name = isErrorCode(code) ? code : 'endpoint.unreachable';
  return {
    type: `urn:cacheferry:error:${name}`,
    status: 422,
    code: name,
    title: message,
    detail: observed,
    fix,
    facts,
  };
}
