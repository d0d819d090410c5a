import { Job, parseEndpointUrl } from '@cacheferry/contract';
import { describe, expect, test } from 'vitest';
import { noteText } from './note.ts';
import { readForeignFile } from './read-foreign-file.ts';

/** The job as a whole one, and the names of what it does not carry. */
function read(text: string) {
  const { job, notes: found } = readForeignFile(text);
  const notes = found.map(noteText);
  for (const end of [job.source, job.target]) parseEndpointUrl(end.url);
  Job.parse({ version: 1, ...job });
  return { ...job, notes, names: notes.map((note) => note.split(/[ :]/)[0]) };
}

const shake4 = `
[sync_reader]
cluster = true
address = "10.0.0.1:6379"   # one of the nodes
username = "reader"
password = "s3cret"
tls = false
sync_rdb = true
sync_aof = true
prefer_replica = true
try_diskless = false

[redis_writer]
cluster = false
sentinel = false
master = ""
address = "10.0.1.1:6380"
username = ""
password = ""
tls = true
off_reply = true

[filter]
allow_key_prefix = ["user:", "a*b"]
allow_key_suffix = [":active"]
allow_key_regex = [":\\\\d{11}:"]
block_key_regex = ["(?!x)y"]
allow_db = [0, 1]
block_db = []
block_command = ["FLUSHALL", "FLUSHDB"]
block_command_group = ["SCRIPTING", "SORTED_SET"]
function = ""

[advanced]
dir = "data"
ncpu = 4
status_port = 0
rdb_restore_command_behavior = "skip"
pipeline_count_limit = 1024
target_redis_proto_max_bulk_len = 512_000_000

[module]
target_mbbloom_version = 20603
`;

describe('shake.toml of version 4', () => {
  test('every setting is carried or named', () => {
    const { source, target, mode, options, names } = read(shake4);
    expect(source).toEqual({ url: 'redis+cluster://reader@10.0.0.1:6379', password: 's3cret' });
    expect(target).toEqual({ url: 'rediss://10.0.1.1:6380' });
    expect(mode).toBe('sync');
    expect(options).toEqual({
      onConflict: 'skip',
      batch: 1024,
      filter: ['db:0,1', 'key:user:*', 'key:a\\*b*', 'key:*:active', 'regex::\\d{11}:'],
      exclude: ['cmd:FLUSHALL', 'cmd:FLUSHDB', 'cmd:@scripting', 'cmd:@sorted-set'],
    });
    expect(names).toEqual([
      'filter.block_key_regex',
      'sync_reader.prefer_replica',
      'redis_writer.off_reply',
      'advanced.dir',
      'advanced.ncpu',
      'advanced.target_redis_proto_max_bulk_len',
      'module.target_mbbloom_version',
    ]);
  });

  test.each([
    ['a copy only', '[sync_reader]\naddress="a:1"\nsync_aof=false', 'redis://a:1', 'full', []],
    ['a scan', '[scan_reader]\naddress="a:1"\ndbs=[1,5]\nksn=false', 'redis-scan://a:1', 'full', ['db:1,5']],
    ['a scan with notifications', '[scan_reader]\naddress="a:1"\nksn=true', 'redis-scan://a:1', 'sync', []],
    ['an RDB', '[rdb_reader]\nfilepath="/data/d.rdb"', 'rdb:/data/d.rdb', 'full', []],
    ['an AOF', '[aof_reader]\nfilepath="/data/aof"\ntimestamp=0', 'aof:/data/aof', 'full', []],
    [
      'sentinels',
      '[sync_reader]\naddress=""\n[sync_reader.sentinel]\nmaster_name="m"\naddress="s1:1,s2:2"',
      'redis+sentinel://s1:1,s2:2/m',
      'sync',
      [],
    ],
    [
      'sentinels with a user',
      '[sync_reader]\naddress=""\n[sync_reader.sentinel]\nmaster_name="m"\naddress="s1:1"\nusername="w@1"',
      'redis+sentinel://s1:1/m?sentinelUser=w%401',
      'sync',
      [],
    ],
  ])('%s', (_, reader, ...[url, mode, filter]) => {
    const job = read(`${reader}\n[redis_writer]\naddress="b:2"`);
    expect({ url: job.source.url, mode: job.mode, filter: job.options.filter, notes: job.notes }).toEqual({
      url,
      mode,
      filter,
      notes: [],
    });
  });

  const ends = '[sync_reader]\naddress="a:1"\n[redis_writer]\naddress="b:2"\n';
  const scan = '[scan_reader]\naddress="a:1"\ndbs=[1,2]\n[redis_writer]\naddress="b:2"\n';
  test.each([
    ['single keys', `${ends}[filter]\nallow_keys=["a","b*c"]`, ['key:a', 'key:b\\*c'], []],
    ['keys to be left out', `${ends}[filter]\nblock_keys=["tmp[1]"]`, [], ['key:tmp\\[1\\]']],
    ['databases to be left out', `${ends}[filter]\nblock_db=[3]`, [], ['db:3']],
    ['databases that are read and allowed', `${scan}[filter]\nallow_db=[0,1]`, ['db:1'], []],
  ])('%s', (_, text, filter, exclude) => {
    const { options, notes } = read(text);
    expect({ filter: options.filter, exclude: options.exclude, notes }).toEqual({ filter, exclude, notes: [] });
  });

  test('databases of which none is read and allowed are refused', () => {
    expect(() => read(`${scan}[filter]\nallow_db=[5]`)).toThrow(/none in common/);
  });

  test('an AOF up to a time', () => {
    const { options, notes } = read(
      '[aof_reader]\nfilepath="/data/aof"\ntimestamp=1700000000\n[redis_writer]\naddress="b:2"',
    );
    expect([options.until, notes]).toEqual(['2023-11-14T22:13:20.000Z', []]);
  });

  test('a target behind sentinels', () => {
    const writer = '[redis_writer]\nsentinel=true\nmaster="mymaster"\naddress="s:26379"\npassword="p"';
    expect(read(`[sync_reader]\naddress="a:1"\n${writer}`).target).toEqual({
      url: 'redis+sentinel://s:26379/mymaster',
      password: 'p',
    });
  });

  test('code in Lua is named, and a secret is not shown', () => {
    const { notes } = read(
      '[sync_reader]\naddress="a:1"\nother_password="hush"\n[redis_writer]\naddress="b:2"\n[filter]\nfunction="shake.call(DB, ARGV)"',
    );
    expect(notes.join('\n')).toMatch(/function: code in Lua/);
    expect(notes.join('\n')).toMatch(/other_password = \[secret\]/);
  });
});

test('shake.toml of version 3', () => {
  const text =
    'type = "sync"\n[source]\naddress="a:1"\npassword="p"\n[target]\ntype="cluster"\naddress="b:2"\n[advanced]\nrdb_restore_command_behavior="rewrite"';
  const { source, target, mode, options, notes } = read(text);
  expect([source, target, mode, options.onConflict]).toEqual([
    { url: 'redis://a:1', password: 'p' },
    { url: 'redis+cluster://b:2' },
    'sync',
    'overwrite',
  ]);
  expect(notes).toEqual([]);
  expect(read('type="restore"\n[source]\nrdb_file_path="d.rdb"\n[target]\naddress="b:2"').source.url).toBe('rdb:d.rdb');
});

const shake2 = `
# redis-shake
conf.version = 1
id = redis-shake
parallel = 32
source.type = sentinel
source.address = mymaster:master@10.0.0.1:26379;10.0.0.2:26379
source.password_raw = one
source.auth_type = auth
target.type = standalone
target.address = 10.0.1.1:6379
target.password_raw = two=2
target.db = -1
target.dbmap = 0-5;1-3
key_exists = rewrite
filter.db.whitelist = 0;1
filter.key.blacklist = tmp;cache
filter.command.blacklist = flushall
filter.lua = true
filter.slot = 1;2
big_key_threshold = 524288000
qps = 5000
resume_from_break_point = false
`;

describe('redis-shake.conf', () => {
  test('every setting is carried or named', () => {
    const { source, target, options, names } = read(shake2);
    expect(source).toEqual({ url: 'redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/mymaster', password: 'one' });
    expect(target).toEqual({ url: 'redis://10.0.1.1:6379', password: 'two=2' });
    expect(options).toEqual({
      onConflict: 'overwrite',
      dbMap: ['0:5', '1:3'],
      rateKeys: 5_000,
      filter: ['db:0', 'db:1'],
      exclude: ['key:tmp*', 'key:cache*', 'cmd:flushall', 'cmd:@scripting'],
    });
    expect(names).toEqual(['id', 'parallel', 'filter.slot', 'big_key_threshold']);
  });

  test('the older names', () => {
    const text =
      'source.address = a:1;b:1\ntarget.address = c:1\ntarget.db = 3\nrewrite = true\nfilter.key = user;cart\n';
    const { source, options, notes } = read(text);
    expect(source.url).toBe('redis://a:1');
    expect(options).toMatchObject({ onConflict: 'overwrite', dbMap: ['*:3'], filter: ['key:user*', 'key:cart*'] });
    expect(notes).toEqual(['source.address: b:1 needs a job of its own']);
  });
});

const rmt = `
[source]
type: twemproxy
hash: fnv1a_64
hash_tag: "{}"
distribution: ketama
redis_auth: secret
servers:
 - 10.0.0.1:6379:1 one
\t - 10.0.0.2:6379

[target]
type: redis cluster
servers:
 - 10.0.1.1:7379
 - 10.0.1.2:7379   # another

[common]
listen: 0.0.0.0:8888
threads: 2
step: 10
noreply: false
filter: user*
`;

describe('rmt.conf', () => {
  test('every setting is carried or named', () => {
    const { source, target, mode, options, notes } = read(rmt);
    expect([source.url, target.url, mode]).toEqual([
      'twemproxy:nutcracker-source.yml?pool=source',
      'redis+cluster://10.0.1.1:7379,10.0.1.2:7379',
      'sync',
    ]);
    expect(options).toEqual({ onConflict: 'overwrite', filter: ['key:user*'] });
    const text = notes.join('\n');
    expect(text).toContain('hash: fnv1a_64\n  hash_tag: "{}"\n  distribution: ketama\n');
    expect(text).toContain('   - 10.0.0.1:6379:1\n   - 10.0.0.2:6379:1');
    expect(text).not.toContain('secret\n');
    expect(text).toMatch(/--status-port 8888/);
    expect(text).toMatch(/common.threads = "2".*\ncommon.step = "10"/);
  });

  test.each([
    ['rdb file', ['/a.rdb', '/b.rdb'], 'rdb:/a.rdb,/b.rdb', 'full', 0],
    ['aof file', ['/a.aof'], 'aof:/a.aof', 'full', 0],
    ['single', ['a:1', 'b:1'], 'redis://a:1', 'sync', 1],
  ])('a source of type %s', (type, servers, ...[url, mode, notes]) => {
    const list = servers.map((server) => ` - ${server}`).join('\n');
    const job = read(`[source]\ntype: ${type}\nservers:\n${list}\n[target]\ntype: single\nservers:\n - c:1\n`);
    expect([job.source.url, job.mode, job.notes.length]).toEqual([url, mode, notes]);
  });
});

test.each([
  ['nothing', '', /no reader/],
  ['a reader without a writer', '[sync_reader]\naddress="a:1"', /no writer/],
  ['what is no TOML', '[sync_reader\naddress="a:1"', /no TOML in line 1/],
  ['a type that nobody knows', '[source]\ntype: mongo\nservers:\n - a:1\n', /unknown type mongo/],
])('%s is refused', (_, text, problem) => {
  expect(() => readForeignFile(text)).toThrow(problem);
});
