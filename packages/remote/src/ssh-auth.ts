import type { MachineLogin } from '@cacheferry/domain';
import { FerryError } from '@cacheferry/kernel';
import ssh2, { type AnyAuthMethod, type AuthenticationType, type KeyboardInteractiveAuthMethod } from 'ssh2';
import { shortReason } from './ssh-errors.ts';

// A CommonJS module: Node does not see its names one by one.
const { utils } = ssh2;

type SshLogin = MachineLogin & { kind: 'ssh' };

/** What was learnt while logging in: what to say when it fails. */
export type AuthTrace = { offered: readonly string[]; tried: string[]; isExpired: boolean };

const protocolNames: Partial<Record<AuthenticationType, string>> = { agent: 'publickey' };

/** What the login kinds are called in messages. */
const methodNames = { password: 'password', key: 'private key', agent: 'SSH agent' } as const;

/**
 * The ways to log in, in order. A private key is opened here, before anything is sent.
 * Throws `machine.passphrase_needed`, `machine.passphrase_wrong`, `machine.key_unreadable`, `machine.agent_unavailable`.
 */
export function authMethods(login: SshLogin, agentSocket: string | null, trace: AuthTrace): AnyAuthMethod[] {
  const { username, auth } = login;
  if (auth.kind === 'password') {
    const password = auth.password.reveal();
    return [{ type: 'password', username, password }, keyboard(username, password, trace)];
  }
  if (auth.kind === 'key') return [{ type: 'publickey', username, key: openKey(auth) }];
  if (agentSocket === null) throw new FerryError('machine.agent_unavailable');
  return [{ type: 'agent', username, agent: agentSocket }];
}

function openKey(auth: SshLogin['auth'] & { kind: 'key' }) {
  const passphrase = auth.passphrase?.reveal();
  const parsed = utils.parseKey(auth.privateKey.reveal().trim().concat('\n'), passphrase);
  if (parsed instanceof Error) throw keyError(parsed, passphrase);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!key?.isPrivateKey()) throw new FerryError('machine.key_unreadable', { reason: 'it is a public key' });
  return key;
}

function keyError(error: Error, passphrase: string | undefined): FerryError {
  if (/no passphrase given/i.test(error.message)) return new FerryError('machine.passphrase_needed');
  if (/passphrase|decrypt|integrity/i.test(error.message) && passphrase !== undefined)
    return new FerryError('machine.passphrase_wrong', {}, error);
  return new FerryError('machine.key_unreadable', { reason: shortReason(error) }, error);
}

/** Answers a server that asks for the password as a question (PAM); what it asks after that is never answered. */
function keyboard(username: string, password: string, trace: AuthTrace): KeyboardInteractiveAuthMethod {
  let isFirst = true;
  return {
    type: 'keyboard-interactive',
    username,
    prompt: (...[, instructions, , prompts, finish]) => {
      if (/expired|new password|change your password/i.test([instructions, ...prompts.map((p) => p.prompt)].join(' ')))
        trace.isExpired = true;
      const isPassword = isFirst && !trace.isExpired && prompts.length === 1 && prompts[0]?.echo !== true;
      isFirst = false;
      finish(isPassword ? [password] : []);
    },
  };
}

/** Picks the next way to log in among those that the server allows; `false` when none is left. */
export function authHandler(username: string, methods: readonly AnyAuthMethod[], trace: AuthTrace) {
  const left = [...methods];
  return (allowed: readonly string[] | null, isPartial: boolean | null): AnyAuthMethod | false => {
    // The first question costs nothing and tells what the server allows.
    if (allowed === null) return { type: 'none', username };
    trace.offered = allowed;
    // A refused password is not offered a second time in another form: accounts get locked by that.
    if (trace.tried.length > 0 && isPartial !== true) return false;
    const next = left.findIndex((method) => allowed.includes(protocolNames[method.type] ?? method.type));
    const method = next < 0 ? undefined : left.splice(next, 1)[0];
    if (!method) return false;
    trace.tried.push(method.type);
    return method;
  };
}

/** Why a login failed, from what was learnt on the way. */
export function authError(login: SshLogin, host: string, trace: AuthTrace, cause: unknown): FerryError {
  const { username } = login;
  if (trace.isExpired) return new FerryError('machine.password_expired', { host, username }, cause);
  const offered = trace.offered.join(', ') || 'nothing';
  const facts = { host, username, method: methodNames[login.auth.kind], offered };
  return new FerryError(trace.tried.length > 0 ? 'machine.auth_failed' : 'machine.auth_not_offered', facts, cause);
}
