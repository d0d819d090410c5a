export type PasswordFault = { field: 'current' | 'next' | 'again'; reason: 'missing' | 'short' | 'same' | 'differs' };

const minLength = 12;

/** What is wrong with a change of password, before the server is asked. */
export function passwordFault(fields: { current: string; next: string; again: string }): PasswordFault | undefined {
  if (fields.current === '') return { field: 'current', reason: 'missing' };
  if (fields.next.length < minLength) return { field: 'next', reason: 'short' };
  if (fields.next === fields.current) return { field: 'next', reason: 'same' };
  if (fields.next !== fields.again) return { field: 'again', reason: 'differs' };
  return undefined;
}
