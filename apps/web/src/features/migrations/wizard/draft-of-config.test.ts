import { expect, test } from 'vitest';
import { urlOf } from '../../endpoints/address/address-url.ts';
import { draftOfConfig } from './draft-of-config.ts';

test('a shake.toml fills both ends, the options and the rules, and passwords apart from them', () => {
  const { draft, secrets, notes } = draftOfConfig(
    `[sync_reader]
cluster = true
address = "10.0.0.1:6379"
username = "reader"
password = "s3cret"
tls = false
[redis_writer]
cluster = false
address = "10.0.1.1:6380"
password = ""
[filter]
allow_key_prefix = ["user:", "cart:"]
[advanced]
rdb_restore_command_behavior = "skip"
ncpu = 4
`,
    'm1',
  );
  expect(urlOf(draft.source)).toBe('redis+cluster://reader@10.0.0.1:6379');
  expect(urlOf(draft.target)).toBe('redis://10.0.1.1:6380');
  expect(draft).toMatchObject({ onConflict: 'skip', filter: 'key:user:*\nkey:cart:*', mode: 'sync', machineId: 'm1' });
  expect(secrets).toMatchObject({ source: { password: 's3cret' }, target: { password: '' } });
  expect(JSON.stringify(draft)).not.toContain('s3cret');
  expect(JSON.stringify(notes)).toContain('ncpu');
});

test('an rmt.conf fills them too', () => {
  const { draft, secrets } = draftOfConfig(
    '[source]\ntype: redis cluster\nservers:\n - 10.0.0.1:6379\n - 10.0.0.2:6379\nredis_auth: pw\n[target]\ntype: single\nservers:\n - 10.0.1.1:6380\n[common]\nfilter: user:*\n',
    null,
  );
  expect(draft.source).toMatchObject({ kind: 'cluster', hosts: '10.0.0.1:6379\n10.0.0.2:6379' });
  expect(draft).toMatchObject({ onConflict: 'overwrite', filter: 'key:user:*' });
  expect(secrets.source.password).toBe('pw');
});

test('anything else says so', () => {
  expect(() => draftOfConfig('hello', null)).toThrow();
});
