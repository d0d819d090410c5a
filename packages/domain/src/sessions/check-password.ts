import { FerryError } from '@cacheferry/kernel';

/** Beginnings and wholes that every list of stolen passwords has; the length is checked by the schema. */
const common = [
  'password',
  'passw0rd',
  '1234567890',
  '0123456789',
  'qwertyuiop',
  'qwerty123',
  'adminadmin',
  'administrator',
  'letmein',
  'iloveyou',
  'welcome',
  'changeme',
  'cacheferry',
  '1q2w3e4r',
  'qazwsxedc',
  'abcdefghij',
];

/** Throws `auth.weak_password` for common passwords, repeated patterns and those that hold the user's name. */
export function checkPassword(password: string, username: string): void {
  const text = password.toLowerCase();
  const letters = new Set(text).size;
  const leftover = common.reduce((rest, word) => rest.replaceAll(word, ''), text);
  const isWeak = letters < 5 || leftover.length < 6 || isRepeated(text) || text.includes(username.toLowerCase());
  if (isWeak) throw new FerryError('auth.weak_password');
}

const isRepeated = (text: string): boolean => /^(.{1,6})\1{2,}.{0,5}$/s.test(text);
