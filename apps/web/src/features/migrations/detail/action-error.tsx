import type { Migration } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../../ui/dialog.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';

type ActionErrorProps = { error: unknown; onClose: () => void; migration: Migration };

/** Why a request was refused. */
export function ActionError({ error, onClose, migration }: ActionErrorProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('migration.refused', { name: migration.name })} isOpen={Boolean(error)} onClose={onClose}>
      {error ? <ErrorView error={error} /> : null}
    </Dialog>
  );
}
