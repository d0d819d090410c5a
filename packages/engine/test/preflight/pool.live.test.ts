import { hasNutcracker, hasServer, startRedis, stopEverything, tempDir } from '@cacheferry/testkit';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { startPool } from '../pool.ts';
import { preflight, rowOf } from './preflight.ts';

afterEach(() => stopEverything());

/** The same pool by another file. */
function fileLike(file: string, change: (text: string) => string): string {
  const other = join(tempDir('pool'), 'nutcracker.yml');
  writeFileSync(other, change(readFileSync(file, 'utf8')));
  return `twemproxy:${other}?pool=main`;
}

describe.skipIf(!hasNutcracker())('a pool', () => {
  test('whose keys lie where its file says passes, one by a file with another hash is refused', async () => {
    const [pool, target] = await Promise.all([startPool({ hash: 'md5' }), startRedis()]);
    await pool.proxy.send(
      'main',
      Array.from({ length: 500 }, (_, n) => ['SET', `key:${n}`, 'v']),
    );
    const right = await preflight(pool.url, target.url);
    expect(rowOf(right, 'source.placement')).toMatchObject({ status: 'pass', code: 'right', facts: { strays: 0 } });
    expect(rowOf(right, 'source.ejection')).toMatchObject({ status: 'pass', code: 'steady' });
    const wrong = await preflight(
      fileLike(pool.proxy.file, (text) => text.replace('md5', 'murmur')),
      target.url,
    );
    expect(rowOf(wrong, 'source.placement')).toMatchObject({ status: 'fail', code: 'wrong', overridable: true });
    const asTarget = await preflight(
      target.url,
      fileLike(pool.proxy.file, (text) => text.replace('md5', 'murmur')),
    );
    expect(rowOf(asTarget, 'target.placement')).toMatchObject({ status: 'fail', code: 'wrong' });
  });

  test('that ejects servers is warned of, on either side', async () => {
    const [pool, other] = await Promise.all([startPool({}), startRedis()]);
    const ejecting = fileLike(pool.proxy.file, (text) =>
      text.replace(/^main:\n/m, 'main:\n  auto_eject_hosts: true\n'),
    );
    expect(rowOf(await preflight(ejecting, other.url), 'source.ejection')).toMatchObject({ code: 'ejecting' });
    expect(rowOf(await preflight(other.url, ejecting), 'target.ejection')).toMatchObject({ code: 'ejecting' });
  });
});

describe('the line to the source and its fence', () => {
  test('are tried without a trace', async () => {
    const [source, target] = await Promise.all([startRedis(), startRedis()]);
    const before = Number((await source.info('stats')).total_commands_processed);
    const report = await preflight(source.url, target.url, { watches: true });
    expect(rowOf(report, 'net.bandwidth')).toMatchObject({ status: 'pass', code: 'enough' });
    expect(rowOf(report, 'fence.available')).toMatchObject({ status: 'pass', code: 'pause' });
    expect(Number((await source.info('stats')).total_commands_processed)).toBeGreaterThan(before);
    expect(await source.client.dbsize()).toBe(0);
    await source.client.set('still', 'writable');
  });

  test('a user without the right to pause clients is told the line that allows it', async () => {
    const [source, target] = await Promise.all([
      startRedis({ acl: ['user half on >pw ~* +@all -client|pause'] }),
      startRedis(),
    ]);
    const report = await preflight(`redis://half:pw@127.0.0.1:${source.port}`, target.url);
    expect(rowOf(report, 'fence.available')).toMatchObject({
      status: 'warn',
      code: 'no_right',
      command: 'ACL SETUSER half +client|pause',
    });
  });

  test('a server before 6.2 cannot be fenced', async ({ skip }) => {
    if (!(await hasServer('redis@6.0'))) skip();
    const [source, target] = await Promise.all([startRedis({ version: 'redis@6.0' }), startRedis()]);
    const row = rowOf(await preflight(source.url, target.url), 'fence.available');
    expect(row).toMatchObject({ status: 'warn', code: 'too_old' });
  });
});
