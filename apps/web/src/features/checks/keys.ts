/** Names of what is kept about full checks. */
export const checkKeys = {
  all: ['checks'] as const,
  one: (id: string) => ['checks', 'one', id] as const,
  conflicts: (id: string) => ['checks', 'conflicts', id] as const,
};
