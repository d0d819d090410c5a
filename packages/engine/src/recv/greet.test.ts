import { ReplyError } from '@cacheferry/resp';
import { describe, expect, test } from 'vitest';
import { readInfo } from './greet.ts';

const info = (...lines: string[]) => Buffer.from(`# Server\r\n${lines.join('\r\n')}\r\n`);

describe('what a source says of itself', () => {
  test('Valkey is told by its own version, not by the one of Redis that it names for old clients', () => {
    const found = readInfo(info('redis_version:7.2.4', 'server_name:valkey', 'valkey_version:9.1.0'));
    expect(found).toMatchObject({ product: 'valkey', version: [9, 1, 0] });
  });

  test('a primary and a replica, with and without its link', () => {
    expect(readInfo(info('redis_version:7.0.15', 'role:master', 'used_memory:123', 'master_repl_offset:77'))).toEqual({
      product: 'redis',
      version: [7, 0, 15],
      isReplica: false,
      isLinkUp: true,
      usedMemoryBytes: 123,
      replicationOffset: 77,
    });
    expect(readInfo(info('role:slave', 'master_link_status:down'))).toMatchObject({ isReplica: true, isLinkUp: false });
    expect(readInfo(info('role:slave', 'master_link_status:up'))).toMatchObject({ isReplica: true, isLinkUp: true });
  });

  test('one that refuses INFO, or answers something else, is taken as it comes', () => {
    for (const reply of [new ReplyError('NOPERM no'), 'OK', null, Buffer.from('')])
      expect(readInfo(reply)).toMatchObject({ product: null, version: null, isReplica: false, isLinkUp: true });
  });
});
