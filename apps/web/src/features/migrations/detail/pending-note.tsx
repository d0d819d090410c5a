import type { Migration } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../../ui/badge.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { useMachineNames } from '../../machines/use-machine-names.ts';

const patienceMs = 5000;

/** Says when an engine has not answered a request for longer than a moment. */
export function PendingNote({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const { pending } = migration;
  const now = useNow(1000, pending !== null);
  const names = useMachineNames(migration.machineIds);
  if (!pending || now - Date.parse(pending.at) < patienceMs) return null;
  return (
    <p role="status">
      <Badge tone="warn">{t('migration.noAnswer', { machine: names.join(', ') })}</Badge>
    </p>
  );
}
