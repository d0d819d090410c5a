import { type Argument, type Connection, type Reply, ReplyError } from '@cacheferry/resp';
import type { Requirement } from './permissions.ts';
import { isDenied, isUnknownCommand, type ServerNode } from './server-node.ts';

/** What the user of a node lacks. */
export type Rights = {
  user: string;
  /** Refused by ACL. */
  denied: readonly Requirement[];
  /** Not known to the server: renamed, disabled, or too old. */
  unknown: readonly Requirement[];
  /** Whether (some) keys were refused, not the command. */
  keysRefused: boolean;
};

type Verdict = 'allowed' | 'denied' | 'keys' | 'unknown' | 'untold';

/**
 * Finds out without any effect which commands the user may run: by ACL DRYRUN, else by queueing them in a transaction
 * that is discarded, for a server tests the rights when it queues, else by running those that change nothing. Before
 * 6.0 there are no rights to lack.
 */
export async function probePermissions(
  node: ServerNode,
  requirements: readonly Requirement[],
  isHarmless: (requirement: Requirement) => boolean,
): Promise<Rights> {
  const { user: known } = await node.address();
  const whoami = await node.ask('ACL', 'WHOAMI');
  const user = typeof whoami === 'string' || Buffer.isBuffer(whoami) ? String(whoami) : (known ?? 'default');
  const verdicts =
    (await byDryRun(node, user, requirements)) ??
    (await byTransaction(node, requirements)) ??
    (await byHand(node, requirements, isHarmless));
  const having = (...wanted: Verdict[]) => requirements.filter((_, at) => wanted.includes(verdicts[at] ?? 'untold'));
  return { user, denied: having('denied', 'keys'), unknown: having('unknown'), keysRefused: verdicts.includes('keys') };
}

async function byDryRun(node: ServerNode, user: string, list: readonly Requirement[]): Promise<Verdict[] | null> {
  const replies = await node.askAll(list.map(({ form }) => ['ACL', 'DRYRUN', user, ...form]));
  // A server before 7.0 does not know it; others may not allow it.
  const [first] = replies;
  if (first === undefined || (first instanceof ReplyError && !isMissing(first))) return null;
  return replies.map(dryRunVerdict);
}

const isMissing = (reply: ReplyError): boolean => /^ERR Command '.*' not found/i.test(reply.message);

function dryRunVerdict(reply: Reply): Verdict {
  if (reply instanceof ReplyError) return isMissing(reply) ? 'unknown' : 'untold';
  const text = String(reply);
  if (text === 'OK') return 'allowed';
  return /access the|key/i.test(text) && !/run the/i.test(text) ? 'keys' : 'denied';
}

/** Null where the user may not begin a transaction. */
async function byTransaction(node: ServerNode, list: readonly Requirement[]): Promise<Verdict[] | null> {
  const connection = await node.open();
  try {
    const [multi] = await connection.pipeline([['MULTI']]);
    if (multi instanceof ReplyError) return null;
    const verdicts: Verdict[] = [];
    for (const { command, form } of list) verdicts.push(await queue(connection, command, form));
    await connection.pipeline([['DISCARD']]);
    return verdicts;
  } finally {
    await connection.close();
  }
}

async function byHand(
  node: ServerNode,
  list: readonly Requirement[],
  isHarmless: (requirement: Requirement) => boolean,
): Promise<Verdict[]> {
  const connection = await node.open();
  const verdicts: Verdict[] = [];
  for (const requirement of list) {
    if (!isHarmless(requirement)) verdicts.push(requirement.command === 'multi' ? 'denied' : 'untold');
    else verdicts.push(verdictOf((await connection.pipeline([requirement.form]))[0]));
  }
  await connection.close();
  return verdicts;
}

/** EXEC and MULTI would end the transaction or break it; who may begin one may end it, but for very odd rules. */
async function queue(connection: Connection, command: string, form: readonly Argument[]): Promise<Verdict> {
  if (command === 'multi' || command === 'exec' || command === 'watch') return 'allowed';
  return verdictOf((await connection.pipeline([form]))[0]);
}

function verdictOf(reply: Reply | undefined): Verdict {
  if (reply === undefined) return 'untold';
  if (isDenied(reply)) return /run the/i.test(reply.message) ? 'denied' : 'keys';
  return isUnknownCommand(reply) ? 'unknown' : 'allowed';
}
