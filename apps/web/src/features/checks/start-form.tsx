import type { CheckOptionsInput } from '@cacheferry/contract';
import { NativeSelect } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../../app/http/request.ts';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { ErrorView } from '../../ui/problem-view.tsx';
import styles from '../migrations/fields.module.css';
import { useRoleReason } from '../session/use-me.ts';
import { type CheckForm, defaultCheck, optionsOf } from './check-form.ts';
import { CheckNumberFields } from './check-number-fields.tsx';

type StartFormProps = {
  isBusy: boolean;
  error: unknown;
  /** Why no check can run now. */
  reason: string | undefined;
  onStart: (options: CheckOptionsInput, idempotencyKey: string) => void;
};

const modes: CheckForm['mode'][] = ['full', 'length', 'keys', 'sample'];

/** How a full check shall run. Nothing in it can change data. */
export function StartForm({ isBusy, error, reason, onStart }: StartFormProps) {
  const { t } = useTranslation();
  const role = useRoleReason('operator');
  const key = useRef(newIdempotencyKey());
  const [form, setForm] = useState(defaultCheck);
  const set = (patch: Partial<CheckForm>) => setForm((before) => ({ ...before, ...patch }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onStart(optionsOf(form), key.current);
    key.current = newIdempotencyKey();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <div className={styles.pair}>
        <NativeSelect
          label={t('check.option.mode')}
          description={t(`check.option.modeNote.${form.mode}`)}
          value={form.mode}
          onChange={(event) => set({ mode: event.currentTarget.value as CheckForm['mode'] })}
          data={modes.map((value) => ({ value, label: t(`check.option.modes.${value}`) }))}
        />
        <CheckNumberFields form={form} onChange={set} />
      </div>
      {error ? <ErrorView error={error} /> : null}
      <div className="row">
        <GuardedButton type="submit" loading={isBusy} reason={role ?? reason}>
          {t('check.start')}
        </GuardedButton>
      </div>
    </form>
  );
}
