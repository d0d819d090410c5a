import { FerryError } from '@cacheferry/kernel';
import { describe, expect, test } from 'vitest';
import { describeEnd } from './exit.ts';

describe('how the command ends', () => {
  test('an error is one line with code, what happened and what to do', () => {
    const error = new FerryError('endpoint.auth_failed', { endpoint: '10.0.0.5:6379' });
    expect(describeEnd(error)).toEqual({
      line: 'error[endpoint.auth_failed]: 10.0.0.5:6379 refused the user or password. fix: Correct user and password.',
      code: 1,
    });
  });

  test.each([
    [new FerryError('usage.invalid', { command: 'x', problem: 'y' }), 64],
    [new FerryError('endpoint.family_mismatch', { source: 'redis', target: 'memcached' }), 3],
    [new FerryError('migration.stopped'), 130],
    [new TypeError('x is not a function'), 1],
    ['a thrown text', 1],
  ])('%s ends with %d', (thrown, code) => {
    expect(describeEnd(thrown).code).toBe(code);
  });

  test('what is unexpected names its cause, in one line and without a password', () => {
    const { line } = describeEnd(new RangeError('bad\nredis://:secret@h'));
    expect(line).toBe(
      'error[internal.unexpected]: Something unexpected went wrong (RangeError: bad\\u000aredis://***@h). fix: Look at the log for the cause, and report it with the lines around it.',
    );
  });
});
