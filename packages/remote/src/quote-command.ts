import { FerryError } from '@cacheferry/kernel';

const plain = /^[A-Za-z0-9_./:@,+-]+$/;

/**
 * Builds the command line that an SSH server hands to the user's shell: the only place where one is made.
 *
 * Letters, digits and `_./:@,+-` stay as they are; everything else stands in single quotes, but for the three
 * characters that some shell reads even there (`'` all, `\` fish, `!` csh): those get a backslash outside of quotes.
 * Throws `machine.bad_argument` for NUL, which no argument can hold.
 */
export function quoteCommand(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(' ');
}

function quoteArgument(text: string): string {
  if (text.includes('\0')) throw new FerryError('machine.bad_argument');
  if (plain.test(text)) return text;
  if (text === '') return "''";
  return text.replace(/[^'\\!]+|['\\!]/g, (part) => (/^['\\!]$/.test(part) ? `\\${part}` : `'${part}'`));
}
