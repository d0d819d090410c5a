import path from 'node:path';
import { FerryError } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const problemOf = (environment: Record<string, string>): FerryError => {
  try {
    readConfig(environment);
  } catch (error) {
    if (error instanceof FerryError) return error;
  }
  throw new Error('the environment was accepted');
};

describe('the configuration', () => {
  test('needs nothing at all', () => {
    const config = readConfig({ HOME: '/home/someone' });
    expect(config).toMatchObject({ port: 8460, host: '127.0.0.1', role: 'all', databaseUrl: null, logLevel: 'info' });
    expect(path.basename(config.home)).toBe('.cacheferry');
  });

  test('takes empty settings as not set', () => {
    expect(readConfig({ PORT: '', DATABASE_URL: ' ' })).toMatchObject({ port: 8460, databaseUrl: null });
  });

  test('reads lists', () => {
    const { fileRoots, allowedHosts } = readConfig({
      FERRY_FILE_ROOTS: '/data, /backups,',
      FERRY_ALLOWED_HOSTS: 'ferry.example.com',
    });
    expect(fileRoots).toEqual(['/data', '/backups']);
    expect(readConfig({ FERRY_FILE_ROOTS: '/data:/backups' }).fileRoots).toEqual(['/data', '/backups']);
    expect(allowedHosts).toEqual(['ferry.example.com']);
  });

  test.each([
    ['PORT', '70000'],
    ['PORT', 'http'],
    ['HOST', 'not a host'],
    ['DATABASE_URL', 'mysql://localhost/x'],
    ['DATABASE_URL', 'localhost'],
    ['REDIS_URL', 'http://localhost'],
    ['FERRY_SECRET_KEY', 'short'],
    ['FERRY_ADMIN_PASSWORD', 'short'],
    ['FERRY_FILE_ROOTS', 'relative/folder'],
    ['FERRY_FILE_ROOTS', '/data:relative/folder'],
    ['FERRY_ALLOWED_HOSTS', 'http://ferry.example.com/'],
    ['FERRY_ROLE', 'server'],
    ['LOG_LEVEL', 'loud'],
  ])('refuses %s=%s by name and with exit code 64', (name, value) => {
    const failure = problemOf({ [name]: value });
    expect(failure.message).toContain(`${name} must be`);
    expect(failure.spec.exit).toBe(64);
  });

  test('names every wrong setting at once, and no value', () => {
    const failure = problemOf({ PORT: 'canary-port', LOG_LEVEL: 'canary-level', FERRY_SECRET_KEY: 'canary-key' });
    for (const name of ['PORT', 'LOG_LEVEL', 'FERRY_SECRET_KEY']) expect(failure.message).toContain(name);
    expect(`${failure.message}${failure.detail}${failure.fix}`).not.toContain('canary');
  });

  test.each(['api', 'worker'])('of the role %s needs a database that others reach too', (role) => {
    expect(problemOf({ FERRY_ROLE: role }).message).toContain('DATABASE_URL must be set');
    expect(readConfig({ FERRY_ROLE: role, DATABASE_URL: 'postgresql://u@h/d' }).role).toBe(role);
  });

  test('prints without its secrets', () => {
    const config = readConfig({ FERRY_ADMIN_PASSWORD: 'canary-password' });
    expect(JSON.stringify(config)).not.toContain('canary');
    expect(config.adminPassword?.reveal()).toBe('canary-password');
  });
});
