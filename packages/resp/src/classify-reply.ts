import { type ErrorCode, FerryError } from '@cacheferry/kernel';
import type { ReplyError } from './codec/reply.ts';

/** Whom the reply came from and what it answered, for the texts of the error. */
export type ReplyContext = { endpoint: string; command: string; user?: string | null };

const byPrefix: Record<string, ErrorCode> = {
  NOAUTH: 'endpoint.auth_required',
  WRONGPASS: 'endpoint.auth_failed',
  NOPERM: 'endpoint.no_permission',
  LOADING: 'endpoint.loading',
  OOM: 'target.out_of_memory',
  READONLY: 'target.read_only',
  MISCONF: 'endpoint.persistence_failed',
  NOREPLICAS: 'endpoint.too_few_replicas',
  BUSY: 'endpoint.busy',
  MASTERDOWN: 'source.not_primary',
  NOMASTERLINK: 'source.not_primary',
  CLUSTERDOWN: 'endpoint.cluster_down',
  MOVED: 'endpoint.redirected',
  ASK: 'endpoint.redirected',
  TRYAGAIN: 'endpoint.redirected',
  CROSSSLOT: 'endpoint.cross_slot',
  DENIED: 'endpoint.protected_mode',
};

/** Answers that begin with ERR and are known by their words. */
const byText: readonly [RegExp, ErrorCode][] = [
  [/^ERR unknown command|^ERR unknown subcommand/i, 'endpoint.unknown_command'],
  [/^ERR (operation not permitted|this command is not allowed)/i, 'endpoint.auth_required'],
  [/^ERR invalid password/i, 'endpoint.auth_failed'],
  [/^ERR max number of clients/i, 'endpoint.too_many_clients'],
  [/^ERR (DB index is out of range|invalid DB index|SELECT is not allowed)/i, 'endpoint.no_such_database'],
];

/**
 * The error of the catalogue for a server's error reply; what is not known is `endpoint.command_failed` with its text.
 *
 * The text is cut before anything that a server may echo of our arguments.
 */
export function classifyReply(error: ReplyError, context: ReplyContext): FerryError {
  const code =
    byPrefix[error.prefix] ?? byText.find(([pattern]) => pattern.test(error.message))?.[1] ?? 'endpoint.command_failed';
  const facts = {
    endpoint: context.endpoint,
    command: deniedCommand(error) ?? context.command,
    user: context.user ?? 'default',
    reason: safeText(error.message),
    db: '?',
  };
  return new FerryError(code, facts, safeText(error.message));
}

/** A server's words without what it may repeat of arguments, in one line of at most 200 characters. */
export function safeText(message: string): string {
  return message
    .replace(/,? ?with args beginning with:.*$/s, '')
    .replace(/[^\x20-\x7e]+/g, '?')
    .slice(0, 200);
}

function deniedCommand(error: ReplyError): string | undefined {
  return error.prefix === 'NOPERM' ? /run the '([a-z0-9|_-]{1,64})' command/i.exec(error.message)?.[1] : undefined;
}
