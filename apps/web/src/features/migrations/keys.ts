/** Names of what is kept about migrations. `lists` holds every list, whatever its filter. */
export const migrationKeys = {
  lists: ['migrations', 'list'] as const,
  one: (id: string) => ['migrations', 'one', id] as const,
  config: (id: string) => ['migrations', 'config', id] as const,
  history: (id: string) => ['migrations', 'history', id] as const,
  metrics: (id: string) => ['migrations', 'metrics', id] as const,
  lost: (id: string, name: string) => ['migrations', 'lost', id, name] as const,
  preflight: (id: string) => ['migrations', 'preflight', id] as const,
};
