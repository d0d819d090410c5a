import { describe, expect, test } from 'vitest';
import { checkPassword } from './check-password.ts';

describe('a password', () => {
  test.each([
    'password1234',
    'Password!Password!',
    'aaaaaaaaaaaa',
    'abcabcabcabc',
    '123412341234',
    'qwertyuiop12',
    'Adminadmin12',
    'i am Alice 4711!',
  ])('%s is refused', (password) => {
    expect(() => checkPassword(password, 'alice')).toThrow(expect.objectContaining({ code: 'auth.weak_password' }));
  });

  test.each(['correct horse battery', 'Zx9-twelve-ok', '五六七八九十甲乙丙丁戊己'])('%s is taken', (password) => {
    expect(() => checkPassword(password, 'alice')).not.toThrow();
  });
});
