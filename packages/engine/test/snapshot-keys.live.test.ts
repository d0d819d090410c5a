import { systemClock } from '@cacheferry/kernel';
import { openConnection } from '@cacheferry/resp';
import { type RedisServer, startRedis, stopEverything, waitFor } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { fetchPlace, fetchSnapshots } from '../src/snapshot-keys/fetch-snapshots.ts';

afterEach(() => stopEverything());

const connect = ({ host, port }: RedisServer, user: string | null = null) =>
  openConnection({ host, port, user, password: user, db: 0, tls: null });

describe.each([
  ['redis@7.0', true],
  ['redis@6.0', false],
] as const)('snapshots of keys of %s', (version, hasExpireTime) => {
  test('are the values, expiries and the place of one moment, missing keys included', async () => {
    const server = await startRedis({ version });
    const other = server.connect({ db: 3 });
    const at = systemClock.now() + 60_000;
    await server.client.set('text', 'value');
    await other.rpush(Buffer.from([0xff, 0x00]), 'a', 'b');
    await other.pexpireat(Buffer.from([0xff, 0x00]), at);
    const connection = await connect(server);
    const { keys, offset } = await fetchSnapshots(connection, ['0:text', '3:\xff\0', '0:none'], { hasExpireTime });
    expect(keys.map(({ id, payload }) => [id, payload?.[0] ?? null])).toEqual([
      ['0:text', 0],
      ['3:\xff\0', hasExpireTime ? 18 : 14],
      ['0:none', null],
    ]);
    expect(keys[1]?.expireAtMs).toBe(at);
    expect([keys[0]?.expireAtMs, keys[2]?.expireAtMs]).toEqual([0, 0]);
    expect(offset).toBe((await fetchPlace(connection)).offset);
    await connection.close();
  });
});

test('expiries of a server that tells times to live only are exact, beside values that take their time', async () => {
  const server = await startRedis({ version: 'redis@6.0' });
  const at = systemClock.now() + 60_000;
  const ids = Array.from({ length: 100 }, (_, n) => `${n % 2}:key:${n}`);
  for (const db of [0, 1]) {
    const client = server.connect({ db });
    for (let n = db; n < 100; n += 2) await client.set(`key:${n}`, 'x'.repeat(200_000), 'PX', 90_000);
    for (let n = db; n < 100; n += 2) await client.pexpireat(`key:${n}`, at + n);
  }
  const connection = await connect(server);
  for (let turn = 0; turn < 20; turn++) {
    const { keys } = await fetchSnapshots(connection, ids, { hasExpireTime: false });
    expect(keys.map(({ expireAtMs }) => expireAtMs - at)).toEqual(ids.map((_, n) => n));
  }
  await connection.close();
});

/** The number in a DUMP payload of a counter: type 0, then an integer of 1, 2 or 4 bytes. */
const countIn = (payload: Buffer | null): number =>
  payload?.[1] === 0xc0 ? payload.readInt8(2) : payload?.[1] === 0xc1 ? payload.readInt16LE(2) : -1;

test('a snapshot contains exactly the stream up to its place, under writes', async () => {
  const [source, replica] = await Promise.all([
    startRedis({ args: ['--repl-ping-replica-period', '3600'] }),
    startRedis(),
  ]);
  await replica.client.replicaof(source.host, source.port);
  await waitFor(async () => (await replica.info('replication')).master_link_status === 'up');
  await source.client.incr('n');
  const connection = await connect(source);
  const take = async () => {
    const { offset, keys } = await fetchSnapshots(connection, ['0:n'], { hasExpireTime: true });
    return { offset, count: countIn(keys[0]?.payload ?? null) };
  };
  const first = await take();
  const taken: Awaited<ReturnType<typeof take>>[] = [];
  const write = async () => {
    for (let n = 0; n < 100 || taken.length < 3; n++)
      await Promise.all(Array.from({ length: 50 }, () => source.client.incr('n')));
  };
  let isWritten = false;
  const writes = write().finally(() => (isWritten = true));
  while (!isWritten) taken.push(await take());
  await writes;
  const incrBytes = '*2\r\n$4\r\nincr\r\n$1\r\nn\r\n'.length;
  for (const { offset, count } of taken) expect(count - first.count).toBe((offset - first.offset) / incrBytes);
  await connection.close();
});

test('a user that may not read keys gets an error that says so', async () => {
  const server = await startRedis({ acl: ['user mover on >mover ~* -@all +multi +exec +info +ping +select +time'] });
  const connection = await connect(server, 'mover');
  await expect(fetchSnapshots(connection, ['0:a'], { hasExpireTime: true })).rejects.toMatchObject({
    code: 'endpoint.no_permission',
  });
  await connection.close();
});
