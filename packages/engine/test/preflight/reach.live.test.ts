import net from 'node:net';
import { faultProxy, freePort, makeTlsFiles, startRedis, stopEverything } from '@cacheferry/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { notable, preflight, rowOf } from './preflight.ts';

const servers: net.Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await stopEverything();
});

/** A server that answers whatever it is sent with one text. */
async function answering(text: string): Promise<string> {
  const port = await freePort();
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.end(text));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return `redis://127.0.0.1:${port}`;
}

describe('the way to a server', () => {
  test('two reachable servers of the same kind may start', async () => {
    const [source, target] = [await startRedis({ password: 'secret-1' }), await startRedis({ password: 'secret-2' })];
    const report = await preflight(source.url, target.url, { watches: true });
    expect(report.ok).toBe(true);
    expect(rowOf(report, 'source.load').status).toBe('pass');
    expect(notable(report)).toEqual({ 'machine.colocated': 'warn together', 'pair.same_instance': 'warn same_host' });
    expect(report.source).toMatchObject({
      kind: 'standalone',
      product: 'redis',
      version: '7.0.15',
      role: 'primary',
      keys: 0,
    });
    expect(JSON.stringify(report)).not.toContain('secret-');
  });

  test('a name that nobody knows is told apart from a closed port', async () => {
    const port = await freePort();
    const report = await preflight('redis://no-such-host.invalid:6379', `redis://127.0.0.1:${port}`);
    expect(report.ok).toBe(false);
    expect(rowOf(report, 'net.source')).toMatchObject({ status: 'fail', code: 'dns.failed' });
    expect(rowOf(report, 'net.target')).toMatchObject({ status: 'fail', code: 'endpoint.unreachable' });
    expect(rowOf(report, 'net.target').message).toContain('connection refused');
    // Who asks for the name too has nothing to add.
    expect(report.rows.filter(({ status }) => status === 'error')).toEqual([]);
  });

  test('what cannot be asked because of that is skipped and names it', async () => {
    const target = await startRedis();
    const report = await preflight(`redis://127.0.0.1:${await freePort()}`, target.url);
    expect(rowOf(report, 'source.permissions')).toMatchObject({
      status: 'skipped',
      facts: { prerequisite: 'net.source' },
    });
    expect(rowOf(report, 'pair.version')).toMatchObject({ status: 'skipped', facts: { prerequisite: 'net.source' } });
    expect(rowOf(report, 'target.role').status).toBe('pass');
    expect(report.source).toMatchObject({ version: null, keys: null });
  });

  test('a host that swallows everything fails within the time of a check', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const proxy = await faultProxy(source);
    proxy.set({ mode: 'blackhole' });
    const start = performance.now();
    const report = await preflight(proxy.url, target.url);
    expect(performance.now() - start).toBeLessThan(30_000);
    expect(rowOf(report, 'net.source')).toMatchObject({ status: 'fail', code: 'endpoint.timeout' });
  });

  test('a server that stops answering on the way leaves no check open', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    await target.kill('SIGSTOP');
    const report = await preflight(source.url, target.url);
    await target.kill('SIGCONT');
    expect(rowOf(report, 'net.target')).toMatchObject({ status: 'fail', code: 'endpoint.timeout' });
    expect(report.rows.every(({ status }) => status !== 'error')).toBe(true);
  });

  test('a far server gives a warning', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const proxy = await faultProxy(target);
    proxy.set({ latencyMs: 40 });
    const row = rowOf(await preflight(source.url, proxy.url), 'net.target');
    expect(row).toMatchObject({ status: 'warn', code: 'slow' });
    expect(Number(row.facts?.roundTripMs)).toBeGreaterThan(75);
  });
});

describe('what answers', () => {
  test('a web server is no Redis', async () => {
    const target = await startRedis();
    const url = await answering('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n');
    const report = await preflight(url, target.url);
    expect(rowOf(report, 'net.source').status).toBe('pass');
    expect(rowOf(report, 'source.version')).toMatchObject({ status: 'fail', code: 'endpoint.protocol' });
    expect(rowOf(report, 'source.auth')).toMatchObject({
      status: 'skipped',
      facts: { prerequisite: 'source.version' },
    });
  });

  test('a plain address at a TLS port is told to use rediss://', async () => {
    const [source, target] = [await startRedis({ tls: true }), await startRedis()];
    const report = await preflight(`redis://127.0.0.1:${source.port}`, target.url);
    expect(rowOf(report, 'net.source')).toMatchObject({ status: 'fail', code: 'endpoint.tls_expected' });
  });

  test('a TLS address at a plain port is told so', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    const report = await preflight(`rediss://127.0.0.1:${source.port}`, target.url);
    expect(rowOf(report, 'net.tls')).toMatchObject({ status: 'fail', code: 'endpoint.tls', scope: 'source' });
    expect(rowOf(report, 'source.auth')).toMatchObject({ status: 'skipped', facts: { prerequisite: 'net.tls' } });
  });

  test('a valid certificate passes, one that expires soon is a warning', async () => {
    const soon = makeTlsFiles({ names: ['IP:127.0.0.1'], days: 5 });
    const late = makeTlsFiles({ names: ['IP:127.0.0.1'], days: 90 });
    const [source, target] = [await startRedis({ tls: late }), await startRedis({ tls: soon })];
    const report = await preflight(source.url, target.url);
    expect(report.rows.filter(({ id }) => id === 'net.tls').map(({ scope, code }) => `${scope} ${code}`)).toEqual([
      'source valid',
      'target expires',
    ]);
    expect(report.ok).toBe(true);
  });

  test('a certificate of another authority or for another name fails', async () => {
    const files = makeTlsFiles({ names: ['DNS:elsewhere.example'], days: 90 });
    const [source, target] = [await startRedis({ tls: true }), await startRedis({ tls: files })];
    const report = await preflight(`${source.url.split('?')[0]}?ca=${files.otherCa}`, target.url);
    const rows = report.rows.filter(({ id }) => id === 'net.tls');
    expect(rows.map(({ status, code }) => `${status} ${code}`)).toEqual(['fail endpoint.tls', 'fail endpoint.tls']);
    expect(rows[0]?.message).toMatch(/authority|self-signed/);
    expect(rows[1]?.message).toContain('another name');
    expect(rowOf(report, 'source.auth')).toMatchObject({ status: 'skipped', facts: { prerequisite: 'net.tls' } });
  });
});

describe('the login', () => {
  test('a wrong password, a missing one, and an unknown user', async () => {
    const server = await startRedis({ password: 'right', acl: ['user app on >pw ~* +@all'] });
    const target = await startRedis();
    const at = `127.0.0.1:${server.port}`;
    for (const [url, code] of [
      [`redis://:wrong@${at}`, 'endpoint.auth_failed'],
      [`redis://${at}`, 'endpoint.auth_required'],
      [`redis://nobody:pw@${at}`, 'endpoint.auth_failed'],
    ] as const) {
      const report = await preflight(url, target.url);
      expect(rowOf(report, 'source.auth')).toMatchObject({ status: 'fail', code });
      expect(rowOf(report, 'net.source').status).toBe('pass');
      expect(rowOf(report, 'source.role')).toMatchObject({ status: 'skipped', facts: { prerequisite: 'source.auth' } });
      expect(JSON.stringify(report)).not.toContain('wrong');
    }
    expect(rowOf(await preflight(`redis://app:pw@${at}`, target.url), 'source.auth')).toMatchObject({ status: 'pass' });
  });

  test('a server that lets everybody in is a warning', async () => {
    const [source, target] = [await startRedis(), await startRedis()];
    expect(rowOf(await preflight(source.url, target.url), 'target.auth')).toMatchObject({
      status: 'warn',
      code: 'no_password',
    });
  });
});
