import type { Migration } from '@cacheferry/contract';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../../ui/dialog.tsx';
import { FormFoot } from '../../../ui/form-foot.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { RateFields, type Rates } from '../rate-fields.tsx';
import { useAct } from './use-act.ts';

/** Speed limits of a running migration. A change can be taken back for ten seconds. */
export function RateDialog({ migration, onClose }: { migration: Migration; onClose: () => void }) {
  const { t } = useTranslation();
  const before: Rates = {
    rateKeys: migration.snapshot?.rateKeys ?? migration.options.rateKeys,
    rateBytes: migration.snapshot?.rateBytes ?? migration.options.rateBytes,
  };
  const [rates, setRates] = useState(before);
  const act = useAct(migration);
  const undo = () => act.mutate({ action: 'rate', body: before });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const done = () => {
      onClose();
      toast(t('migration.rateAsked'), { undo });
    };
    act.mutate({ action: 'rate', body: rates }, { onSuccess: done });
  };
  return (
    <Dialog title={t('migration.rate.title')} isOpen onClose={onClose} size="md">
      <form className="stack" onSubmit={submit}>
        <p className="muted">{t('migration.rate.note')}</p>
        <RateFields rates={rates} onChange={setRates} />
        <FormFoot error={act.error} onCancel={onClose} submitLabel={t('action.apply')} isBusy={act.isPending} />
      </form>
    </Dialog>
  );
}
