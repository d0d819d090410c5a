import { describe, expect, test } from 'vitest';
import { hidePasswords, oneLine, redactUrls } from './redact.ts';

describe('what is shown of an endpoint', () => {
  test.each([
    ['redis://10.0.0.5:6379/0', 'redis://10.0.0.5:6379/0'],
    ['redis://app@10.0.0.5', 'redis://app@10.0.0.5'],
    ['redis://:secret@10.0.0.5', 'redis://***@10.0.0.5'],
    ['rediss://app:secret@h:1/2?ca=/x', 'rediss://app:***@h:1/2?ca=/x'],
    ['redis://app:se@cret@h:1', 'redis://app:***@h:1'],
    [
      'redis+sentinel://:secret@h:1,h:2/m?sentinelPassword=secret',
      'redis+sentinel://***@h:1,h:2/m?sentinelPassword=***',
    ],
    ['cachecloud+http://h:1?app=1&token=secret', 'cachecloud+http://h:1?app=1&token=***'],
    ['memcached://h:1?user=u&password=secret', 'memcached://h:1?user=u&password=***'],
  ])('%s becomes %s', (url, shown) => {
    expect(redactUrls(`from '${url}' on`)).toBe(`from '${shown}' on`);
  });

  test('the process title is set only where there is something to hide', () => {
    const titles: string[] = [];
    hidePasswords(['migrate', 'redis://a', '--state', '/s'], (title) => titles.push(title));
    hidePasswords(['migrate', 'redis://:x@a', '--state', '/s'], (title) => titles.push(title));
    expect(titles).toEqual(['ferry migrate redis://***@a --state /s']);
  });

  test('nothing can forge a line or steer a terminal', () => {
    expect(oneLine('a\r\nerror[x.y]: b\x1b[2J\u202e\u200b')).toBe(
      'a\\u000d\\u000aerror[x.y]: b\\u001b[2J\\u202e\\u200b',
    );
  });
});
