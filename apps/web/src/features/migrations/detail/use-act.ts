import type { Migration, RateInput, StartInput } from '@cacheferry/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { actOnMigration, type MigrationAction } from '../api.ts';
import { migrationKeys } from '../keys.ts';
import { placeMigration } from '../place-migration.ts';

export type Act = { action: MigrationAction; body?: StartInput | RateInput };

/** Asks for a change of a migration. What is shown changes by the engine's report, never by the asking. */
export function useAct(migration: Pick<Migration, 'id'>) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ action, body }: Act) => actOnMigration(migration.id, action, body),
    onSuccess: (answer) => {
      placeMigration(queryClient, answer);
      void queryClient.invalidateQueries({ queryKey: migrationKeys.history(migration.id) });
    },
    onError: () => void queryClient.invalidateQueries({ queryKey: migrationKeys.one(migration.id) }),
  });
}
