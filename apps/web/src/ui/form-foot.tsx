import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorView } from './problem-view.tsx';

type FormFootProps = { error: unknown; onCancel: () => void; submitLabel: string; isBusy: boolean };

/** The end of a form in a dialog: what was refused, the way out, and the way on. */
export function FormFoot({ error, onCancel, submitLabel, isBusy }: FormFootProps) {
  const { t } = useTranslation();
  return (
    <>
      {error ? <ErrorView error={error} /> : null}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" onClick={onCancel}>
          {t('action.cancel')}
        </Button>
        <Button type="submit" loading={isBusy}>
          {submitLabel}
        </Button>
      </div>
    </>
  );
}
