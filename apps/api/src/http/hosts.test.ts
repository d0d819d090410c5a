import { describe, expect, test } from 'vitest';
import { createHostGuard } from './hosts.ts';

describe('a server on loopback', () => {
  const guard = createHostGuard({ host: '127.0.0.1', allowedHosts: ['ferry.example.com'] });
  test.each(['localhost', 'localhost:8460', 'LOCALHOST:8460', '127.0.0.1:8460', '[::1]:8460', 'a.localhost:1'])(
    'answers as %s',
    (host) => {
      expect(guard(host)).toBe(true);
    },
  );
  test.each(['ferry.example.com', 'ferry.example.com:443', 'ferry.example.com.'])(
    'answers as %s, which is allowed',
    (host) => {
      expect(guard(host)).toBe(true);
    },
  );
  test.each([
    '',
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    '10.0.0.5',
    'ferry.example.com.evil',
  ])('does not answer as "%s"', (host) => {
    expect(guard(host)).toBe(false);
  });
});

describe('a server on all addresses', () => {
  test('answers under every name until names are given', () => {
    const guard = createHostGuard({ host: '0.0.0.0', allowedHosts: [] });
    expect(guard('anything.example:80')).toBe(true);
    expect(guard('')).toBe(false);
  });

  test('answers under the given names and under addresses', () => {
    const guard = createHostGuard({ host: '0.0.0.0', allowedHosts: ['ferry.example.com'] });
    expect([guard('ferry.example.com'), guard('10.0.0.5:8460'), guard('localhost')]).toEqual([true, true, true]);
    expect(guard('evil.example')).toBe(false);
  });
});
