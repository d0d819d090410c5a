import { useSearch } from '@tanstack/react-router';
import { useMigration } from '../use-migration.ts';
import { LogView } from './log-view.tsx';

/** Everything that the engine and the control plane said about a migration. */
export function LogsTab() {
  const migration = useMigration();
  const search = useSearch({ from: '/shell/migrations/$id/logs' });
  return <LogView base={`/migrations/${migration.id}`} search={search} />;
}
