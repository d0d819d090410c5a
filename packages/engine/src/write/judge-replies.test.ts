import type { ExistingKeyPolicy } from '@cacheferry/contract';
import { type Connection, classifyReply, ReplyError } from '@cacheferry/resp';
import { describe, expect, test } from 'vitest';
import { firstCheckpoint } from '../ship/planned-checkpoint.ts';
import { Batch } from './batch.ts';
import { argumentsOf, judgeElement, judgeRefusal } from './judge-replies.ts';

/** As much of a connection as judging needs. */
const connection = {
  endpoint: 'target:6379',
  classify: (error: ReplyError, command: string) => classifyReply(error, { endpoint: 'target:6379', command }),
} as Connection;

function batchOf(command: string, phase: 'rdb' | 'stream'): { batch: Batch; element: number } {
  const batch = new Batch();
  batch.select(7);
  batch.element(50);
  batch.out.command(...command.split(' '));
  const checkpoint = { ...firstCheckpoint({ replicationId: 'x', offset: 1 }, 'rdb'), phase };
  batch.seal(checkpoint, { key: 'cf:ck:t', field: 'shard:0', fields: [] });
  return { batch, element: 1 };
}

function judge(
  command: string,
  error: string,
  how: { phase?: 'rdb' | 'stream'; policy?: ExistingKeyPolicy; doubtfulUntil?: number },
) {
  const { phase = 'stream', policy = 'fail', doubtfulUntil = 0 } = how;
  const { batch, element } = batchOf(command, phase);
  return judgeElement(batch, { element, error: new ReplyError(error) }, { connection, policy, doubtfulUntil });
}

describe('a command that failed within EXEC', () => {
  test.each([
    ['RESTORE k 0 p', 'BUSYKEY exists', { phase: 'rdb', policy: 'skip' }, { kind: 'skipped' }],
    ['RESTORE k 0 p', 'BUSYKEY exists', { phase: 'rdb', doubtfulUntil: 51 }, { kind: 'doubtful' }],
    ['RESTORE k 0 p', 'ERR Bad data format', { phase: 'rdb' }, { kind: 'unreadable' }],
    ['RESTORE k 0 p', 'ERR DUMP payload version or checksum are wrong', { phase: 'rdb' }, { kind: 'unreadable' }],
    ['FUNCTION LOAD x', "ERR Library 'x' already exists", { phase: 'rdb', doubtfulUntil: 51 }, { kind: 'own' }],
    ['FUNCTION LOAD x', 'ERR Error compiling function', { phase: 'rdb' }, { kind: 'lost', class: 'function' }],
    ['LPUSH k v', 'WRONGTYPE Operation', {}, { kind: 'lost', class: 'command' }],
    ['RESTORE k 0 p', 'BUSYKEY exists', {}, { kind: 'lost', class: 'refused' }],
    ['EVALSHA x 0', 'NOSCRIPT No matching script', {}, { kind: 'lost', class: 'script' }],
  ] as const)('%s: %s %o', (command, error, how, verdict) => {
    expect(judge(command, error, how)).toMatchObject(verdict);
  });

  test('a key that the target had before ends the run with the key and its database named', () => {
    expect(() => judge('RESTORE mine 0 p', 'BUSYKEY exists', { phase: 'rdb' })).toThrowError(
      expect.objectContaining({ code: 'target.key_exists', facts: { endpoint: 'target:6379', key: 'mine', db: 7 } }),
    );
  });

  test('missing rights end the attempt, and so does any error of our own bookkeeping', () => {
    const noRight = "NOPERM no permissions to run the 'set' command";
    expect(() => judge('SET k v', noRight, { phase: 'rdb' })).toThrowError(
      expect.objectContaining({ code: 'endpoint.no_permission' }),
    );
    // In the stream its place is behind the checkpoint already.
    expect(judge('SET k v', noRight, {})).toMatchObject({ kind: 'lost', class: 'command' });
    const { batch } = batchOf('SET k v', 'stream');
    const own = { element: batch.queued - 1, error: new ReplyError('WRONGTYPE Operation') };
    expect(() => judgeElement(batch, own, { connection, policy: 'fail', doubtfulUntil: 0 })).toThrow();
  });
});

describe('a command that was refused before EXEC', () => {
  const refuse = (command: string, error: string, phase: 'rdb' | 'stream' = 'stream') => {
    const { batch, element } = batchOf(command, phase);
    return judgeRefusal(batch, { element, error: new ReplyError(error) }, connection).code;
  };

  test.each([
    ['SET k v', 'OOM command not allowed', 'target.out_of_memory'],
    ['SET k v', 'READONLY You cannot write', 'target.read_only'],
    ['SET k v', 'MISCONF Redis is configured to save', 'endpoint.persistence_failed'],
    ['SET k v', 'NOREPLICAS Not enough', 'endpoint.too_few_replicas'],
    ['SET k v', 'LOADING Redis is loading', 'endpoint.loading'],
    ['SET k v', 'NOAUTH Authentication required', 'endpoint.auth_required'],
    ['NEW.CMD k v', "ERR unknown command 'NEW.CMD'", 'target.refused'],
    ['LPOP k 2', "ERR wrong number of arguments for 'lpop' command", 'target.refused'],
  ])('%s: %s → %s', (command, error, code) => expect(refuse(command, error)).toBe(code));

  test('a target without RESTORE cannot be copied to', () => {
    expect(refuse('RESTORE k 0 p', "ERR unknown command 'RESTORE'", 'rdb')).toBe('endpoint.unknown_command');
  });
});

test('the arguments of an encoded command are read back, binary ones too', () => {
  const batch = new Batch();
  batch.element(1);
  batch.out.command('SET', Buffer.from([0, 13, 10, 255]), '');
  expect(argumentsOf(batch.commandOf(0))).toEqual([Buffer.from('SET'), Buffer.from([0, 13, 10, 255]), Buffer.alloc(0)]);
});
