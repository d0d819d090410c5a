import { afterEach, describe, expect, test } from 'vitest';
import { openClient, startSentinel, stopEverything, waitFor } from '../src/index.ts';

afterEach(() => stopEverything());

describe('a group of sentinels', () => {
  test('names its primary, and another one after a planned failover and after a kill', async () => {
    const group = await startSentinel({ password: 'secret' });
    const first = await group.primary();
    await first.client.set('a', '1');
    const second = await group.failover();
    expect(second).not.toBe(first);
    expect(await second.client.get('a')).toBe('1');
    const third = await group.failover('SIGKILL');
    expect(third).not.toBe(second);
    const client = openClient(group.url);
    await waitFor(() => client.set('b', '2'));
    expect(await third.client.get('b')).toBe('2');
    client.disconnect();
  });
});
