import type { Migration } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { ConfirmDialog } from '../../../ui/confirm-dialog.tsx';
import { endpointName } from '../route-text.tsx';
import { useAct } from './use-act.ts';

/** Stopping: what stays, and that it can go on later. */
export function StopDialog(props: { migration: Migration; isOpen: boolean; onClose: () => void }) {
  const { migration, isOpen, onClose } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const act = useAct(migration);
  const count = migration.snapshot?.keysDone ?? 0;
  return (
    <ConfirmDialog
      title={t('migration.stop.title', { name: migration.name })}
      isOpen={isOpen}
      onClose={() => (act.reset(), onClose())}
      confirmLabel={t('migration.do.stop')}
      onConfirm={() => act.mutate({ action: 'stop' }, { onSuccess: onClose })}
      isBusy={act.isPending}
      error={act.error}
      isDangerous
    >
      <p>{t('migration.stop.effect')}</p>
      <ul className="stack-tight">
        <li>
          {t('migration.stop.stays', { count, number: format.count(count), target: endpointName(migration.target) })}
        </li>
        <li>{t('migration.stop.resume')}</li>
        {migration.mode === 'sync' && <li>{t('migration.stop.writes')}</li>}
      </ul>
    </ConfirmDialog>
  );
}
