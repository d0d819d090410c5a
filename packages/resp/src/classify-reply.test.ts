import { describe, expect, test } from 'vitest';
import { classifyReply } from './classify-reply.ts';
import { ReplyError } from './codec/reply.ts';

describe('error replies', () => {
  test.each([
    ['NOAUTH Authentication required.', 'endpoint.auth_required'],
    ['ERR operation not permitted', 'endpoint.auth_required'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'endpoint.auth_failed'],
    ['ERR invalid password', 'endpoint.auth_failed'],
    ["NOPERM this user has no permissions to run the 'psync' command", 'endpoint.no_permission'],
    ['LOADING Redis is loading the dataset in memory', 'endpoint.loading'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'target.out_of_memory'],
    ["READONLY You can't write against a read only replica.", 'target.read_only'],
    ['MISCONF Redis is configured to save RDB snapshots', 'endpoint.persistence_failed'],
    ['NOREPLICAS Not enough good replicas to write.', 'endpoint.too_few_replicas'],
    ['BUSY Redis is busy running a script.', 'endpoint.busy'],
    ['MOVED 3999 127.0.0.1:6381', 'endpoint.redirected'],
    ['CLUSTERDOWN Hash slot not served', 'endpoint.cluster_down'],
    ['DENIED Redis is running in protected mode', 'endpoint.protected_mode'],
    ['ERR max number of clients reached', 'endpoint.too_many_clients'],
    ["ERR unknown command 'PSYNC', with args beginning with: '?' '-1' ", 'endpoint.unknown_command'],
    ['ERR DB index is out of range', 'endpoint.no_such_database'],
    ['ERR something new', 'endpoint.command_failed'],
  ])('%s is %s', (text, code) => {
    expect(classifyReply(new ReplyError(text), { endpoint: 'h:1', command: 'X' })).toMatchObject({ code });
  });

  test('what a server repeats of our arguments is nowhere in the error', () => {
    const reply = new ReplyError("ERR unknown command 'AUTH', with args beginning with: 'canary' ");
    const error = classifyReply(reply, { endpoint: 'h:1', command: 'AUTH' });
    expect(`${error.message} ${error.fix} ${error.detail} ${JSON.stringify(error.facts)}`).not.toContain('canary');
  });

  test('a missing right names the command that the server names', () => {
    const reply = new ReplyError("NOPERM User app has no permissions to run the 'config|get' command");
    expect(classifyReply(reply, { endpoint: 'h:1', command: 'CONFIG', user: 'app' }).facts).toMatchObject({
      command: 'config|get',
      user: 'app',
    });
  });
});
