import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { formatEndpointUrl, parseEndpointUrl } from '@cacheferry/contract';
import { hasServer, startCluster, startRedis, startReplica, tempDir } from '@cacheferry/testkit';
import { taskOf } from '../../src/plan/task-of.ts';
import { type Fault, fileOf, type Prepared, savedRdb, twoServers, typed } from './catalogue.ts';

const load = (n: number) => `#!lua name=lib\nredis.register_function('f', function() return ${n} end)`;
const hasNewest = () => hasServer('redis@8.0');

const ofPairs: Fault[] = [
  {
    id: 'pair.family',
    code: 'endpoint.family_mismatch',
    status: 'fail',
    prepare: async () => {
      const { ends } = await twoServers();
      return { ends: { ...ends, target: 'memcached://127.0.0.1:11211' }, mend: async () => ends };
    },
  },
  {
    id: 'pair.supported',
    code: 'endpoint.unsupported',
    status: 'fail',
    prepare: async () => {
      const { ends } = await twoServers();
      return { ends: { ...ends, target: ends.target.replace('redis:', 'redis-scan:') }, mend: async () => ends };
    },
  },
  {
    id: 'pair.same_instance',
    code: 'replicates',
    status: 'fail',
    leaves: 'same_host',
    prepare: async () => {
      const primary = await startRedis();
      const target = await startReplica(primary);
      return { ends: { source: primary.url, target: target.url }, mend: typed() };
    },
  },
  { id: 'pair.loop', code: 'loop', status: 'fail', prepare: circle },
  {
    id: 'pair.busy',
    code: 'preflight.target_in_use',
    status: 'fail',
    prepare: async () => {
      const { target, ends } = await twoServers();
      await target.client.hset('cf:ck:01890000-0000-7000-8000-000000000001', 'epoch', '1');
      return { ends, mend: typed() };
    },
  },
  {
    id: 'pair.version',
    code: 'field_ttl',
    status: 'fail',
    needs: hasNewest,
    prepare: async () => {
      const [{ target }, source] = [await twoServers(), await startRedis({ version: 'redis@8.0' })];
      await source.client.hset('h', 'f', 'v');
      await source.client.call('HPEXPIRE', 'h', 100_000, 'FIELDS', 1, 'f');
      const mend = async () => ({ target: (await startRedis({ version: 'redis@8.0' })).url });
      return { ends: { source: source.url, target: target.url }, mend };
    },
  },
  {
    id: 'pair.memory',
    code: 'too_small',
    status: 'fail',
    prepare: async () => {
      const { source, target, ends } = await twoServers();
      await source.client.set('big', 'x'.repeat(6_000_000));
      await target.client.config('SET', 'maxmemory', '3mb');
      return { ends, mend: typed() };
    },
  },
  {
    id: 'pair.databases',
    code: 'missing',
    status: 'fail',
    prepare: async () => {
      const [{ source }, target] = [await twoServers(), await startRedis({ args: ['--databases', '4'] })];
      await source.connect({ db: 9 }).set('a', '1');
      const mend = async () => ({ options: { dbMap: ['9:3'] } });
      return { ends: { source: source.url, target: target.url }, mend };
    },
  },
  {
    id: 'pair.modules',
    code: 'in_use',
    status: 'fail',
    needs: hasNewest,
    prepare: async () => {
      const [{ target }, source] = [await twoServers(), await startRedis({ version: 'redis@8.0' })];
      await source.client.call('VADD', 'v', 'VALUES', 2, '1', '2', 'element');
      const mend = async () => ({ target: (await startRedis({ version: 'redis@8.0' })).url });
      return { ends: { source: source.url, target: target.url }, mend };
    },
  },
  {
    id: 'pair.functions',
    code: 'taken',
    status: 'fail',
    prepare: async () => {
      const { source, target, ends } = await twoServers();
      await source.client.call('FUNCTION', 'LOAD', load(1));
      await target.client.call('FUNCTION', 'LOAD', load(2));
      return { ends, mend: async () => void (await target.client.call('FUNCTION', 'DELETE', 'lib')) };
    },
  },
  {
    id: 'pair.key_size',
    code: 'refused',
    status: 'fail',
    prepare: async () => {
      const { source, target, ends } = await twoServers();
      await target.client.config('SET', 'proto-max-bulk-len', '1mb');
      await source.client.set('huge', 'x'.repeat(2_000_000));
      return { ends, mend: async () => void (await target.client.config('SET', 'proto-max-bulk-len', '512mb')) };
    },
  },
  {
    id: 'pair.commands',
    code: 'across_slots',
    status: 'warn',
    prepare: async () => {
      const [{ source }, cluster] = [await twoServers(), await startCluster()];
      await source.client.mset('a', '1', 'b', '2');
      const mend = async () => void (await source.client.config('RESETSTAT'));
      return { ends: { source: source.url, target: cluster.url }, mend };
    },
  },
  {
    id: 'pair.settings',
    code: 'both',
    status: 'warn',
    prepare: async () => {
      const { source, target, ends } = await twoServers();
      const give = async (server: typeof source) => {
        await server.client.config('SET', 'notify-keyspace-events', 'KA');
        await server.client.call('ACL', 'SETUSER', 'app', 'on', '>pw', '~*', '+@all');
      };
      await give(source);
      return { ends, mend: () => give(target) };
    },
  },
  {
    id: 'predict.duration',
    code: 'long',
    status: 'warn',
    prepare: async () => {
      const { source, ends } = await twoServers();
      await source.client.set('big', 'x'.repeat(1_000_000));
      return { ends: { ...ends, options: { rateBytes: 1 } }, mend: async () => ({ options: {} }) };
    },
  },
];

const ofMachine: Fault[] = [
  {
    id: 'machine.files',
    code: 'not_writable',
    status: 'fail',
    prepare: async () => {
      const { ends } = await twoServers();
      return { ends: { ...ends, workDir: '/proc/none' }, mend: async () => ({ workDir: tempDir('state') }) };
    },
  },
];

const ofFiles: Fault[] = [
  {
    id: 'file.readable',
    code: 'unreadable',
    status: 'fail',
    prepare: async () => {
      const rdb = await savedRdb(({ client }) => client.set('a', '1'));
      const file = path.join(tempDir('files'), 'dump.rdb');
      return into(`rdb:${file}`, async () => writeFileSync(file, rdb));
    },
  },
  {
    id: 'file.version',
    code: 'unsupported',
    status: 'fail',
    prepare: () => mendedFile(() => Buffer.from('REDIS9999')),
  },
  {
    id: 'file.complete',
    code: 'rdb.truncated',
    status: 'fail',
    watches: true,
    prepare: () => mendedFile((rdb) => rdb.subarray(0, -20)),
  },
  {
    id: 'file.complete',
    code: 'rdb.corrupt',
    status: 'fail',
    watches: true,
    prepare: () =>
      mendedFile((rdb) => {
        const damaged = Buffer.from(rdb);
        const at = rdb.indexOf('a value');
        damaged.write('b', at);
        return damaged;
      }),
  },
  {
    id: 'file.complete',
    code: 'garbage',
    status: 'warn',
    watches: true,
    prepare: () => mendedFile((rdb) => Buffer.concat([rdb, Buffer.from('and more')])),
  },
  { id: 'file.complete', code: 'no_checksum', status: 'warn', watches: true, prepare: unchecked },
  { id: 'file.complete', code: 'cut', status: 'warn', watches: true, prepare: cutAof },
  { id: 'file.expired', code: 'some', status: 'warn', watches: true, prepare: expired },
  {
    id: 'target.file',
    code: 'exists',
    status: 'fail',
    prepare: async () => {
      const [{ source }, file] = [await twoServers(), fileOf('there.rdb', 'x')];
      const ends = { source: source.url, target: `rdb:${file}` };
      return { ends, mend: async () => ({ target: `rdb:${file}.new` }) };
    },
  },
];

export const faultsOfPairs: readonly Fault[] = [...ofMachine, ...ofPairs, ...ofFiles];

async function circle(): Promise<Prepared> {
  const { source, target, ends } = await twoServers();
  const nameOf = (url: string) => formatEndpointUrl(parseEndpointUrl(url));
  const backwards = `cf:ck:${taskOf({}, nameOf(ends.target), nameOf(ends.source))}`;
  const { master_replid: replid } = await target.info('replication');
  await source.client.hset(backwards, 'shard:0', `${replid}:100:0:stream:50:90:1:0:0::0`);
  return { ends, mend: async () => void (await source.client.del(backwards)) };
}

async function into(source: string, mend: Prepared['mend']): Promise<Prepared> {
  return { ends: { source, target: (await startRedis()).url }, mend };
}

/** A file with something wrong about it, in whose place a good one is put. */
async function mendedFile(spoil: (rdb: Buffer) => Buffer): Promise<Prepared> {
  const rdb = await savedRdb(({ client }) => client.set('a', 'a value that does not fit into an integer'));
  const file = fileOf('dump.rdb', spoil(rdb));
  return into(`rdb:${file}`, async () => writeFileSync(file, rdb));
}

async function unchecked(): Promise<Prepared> {
  const fill = ({ client }: { client: { set(key: string, value: string): Promise<unknown> } }) => client.set('a', '1');
  const file = fileOf('dump.rdb', await savedRdb(fill, ['--rdbchecksum', 'no']));
  return into(`rdb:${file}`, async () => writeFileSync(file, await savedRdb(fill)));
}

async function cutAof(): Promise<Prepared> {
  const set = '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\n1\r\n';
  const file = fileOf('appendonly.aof', set + set.slice(0, -8));
  return into(`aof:${file}`, async () => writeFileSync(file, set + set));
}

async function expired(): Promise<Prepared> {
  const rdb = await savedRdb(({ client }) => client.set('gone', '1', 'PX', 300));
  await new Promise((resolve) => setTimeout(resolve, 400));
  const file = fileOf('dump.rdb', rdb);
  return into(`rdb:${file}`, async () => writeFileSync(file, await savedRdb(({ client }) => client.set('new', '1'))));
}
