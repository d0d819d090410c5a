/** Names of what is kept about machines. */
export const machineKeys = {
  all: ['machines'] as const,
  one: (id: string) => ['machines', 'one', id] as const,
};
