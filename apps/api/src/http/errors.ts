import { FerryError, toFerryError } from '@cacheferry/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problemType, toProblem } from './problem.ts';

export const bodyLimit = 1024 * 1024;

/** Fastify's own refusals, by their codes. */
const framework: Record<string, () => FerryError> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => new FerryError('request.too_large', { limit: '1 MiB' }),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => new FerryError('request.wrong_type'),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => new FerryError('request.malformed'),
  FST_ERR_BAD_URL: () => new FerryError('request.no_route'),
  FST_ERR_MAX_PARAM_LENGTH: () => new FerryError('request.no_route'),
};

/** Answers a problem document. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: FerryError): FastifyReply {
  const { http, retry } = error.spec;
  const minutes = error.facts.minutes;
  if (http === 401) reply.header('www-authenticate', 'Bearer realm="cacheferry"');
  if (typeof minutes === 'number') reply.header('retry-after', String(minutes * 60));
  else if (retry && (http === 503 || http === 429)) reply.header('retry-after', '5');
  // As text: the answer's schema, if any, is that of success.
  return reply
    .status(http)
    .type(problemType)
    .send(JSON.stringify(toProblem(error, request.id)));
}

/** Whatever was thrown while a request was answered, as one of our errors. */
export function classify(thrown: unknown): FerryError {
  if (thrown instanceof FerryError) return thrown;
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  const known = Object.hasOwn(framework, code) ? framework[code]?.() : undefined;
  if (known) return known;
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
  if (status === 413) return new FerryError('request.too_large', { limit: '1 MiB' });
  return status >= 400 && status < 500 ? new FerryError('request.malformed', {}, thrown) : toFerryError(thrown);
}

/** Lets every failure of a request end as a problem document, and what was not expected in the log as well. */
export function addErrorHandler(app: FastifyInstance): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = classify(thrown);
    if (error.spec.http >= 500) request.log.error({ err: thrown, code: error.code }, 'A request failed');
    return sendProblem(request, reply, error);
  });
}
