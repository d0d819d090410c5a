import type { Settings } from '@cacheferry/contract';
import { Button, NumberInput, Switch } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/panel.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { toast } from '../../../ui/toasts.tsx';
import fields from '../../migrations/fields.module.css';
import { changeSettings, generalQuery, settingsKeys } from '../api.ts';

const gib = 1024 ** 3;

/** Settings of the whole installation. */
export function GeneralTab() {
  const { t } = useTranslation();
  const query = useQuery(generalQuery);
  return (
    <Panel title={t('settings.tab.general')}>
      <QueryView query={query}>{(settings) => <GeneralForm settings={settings} />}</QueryView>
    </Panel>
  );
}

function GeneralForm({ settings }: { settings: Settings }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const [values, setValues] = useState(settings);
  const save = useMutation({
    mutationFn: () => changeSettings(values),
    onSuccess: (next) => {
      queryClient.setQueryData(settingsKeys.settings, next);
      toast(t('settings.saved'));
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const number = (name: 'sessionIdleMinutes' | 'eventRetentionDays', min: number, max: number) => (
    <NumberInput
      label={t(`settings.${name}`)}
      description={t('settings.between', { min, max })}
      min={min}
      max={max}
      clampBehavior="strict"
      allowDecimal={false}
      value={values[name]}
      onChange={(value) => setValues({ ...values, [name]: Number(value) })}
    />
  );
  return (
    <form className="stack" onSubmit={submit}>
      <div className={fields.pair}>
        {number('sessionIdleMinutes', 5, 10_080)}
        {number('eventRetentionDays', 1, 3650)}
        <UploadLimit name="uploadMaxBytes" values={values} onChange={setValues} />
        <UploadLimit name="uploadQuotaBytes" values={values} onChange={setValues} />
      </div>
      <Switch
        label={t('settings.viewersSeeKeys')}
        checked={values.viewersSeeKeys}
        onChange={(event) => setValues({ ...values, viewersSeeKeys: event.currentTarget.checked })}
      />
      {save.error && <ErrorView error={save.error} />}
      <div className="row">
        <Button type="submit" loading={save.isPending}>
          {t('action.save')}
        </Button>
      </div>
    </form>
  );
}

type UploadLimitProps = {
  name: 'uploadMaxBytes' | 'uploadQuotaBytes';
  values: Settings;
  onChange: (values: Settings) => void;
};

function UploadLimit({ name, values, onChange }: UploadLimitProps) {
  const { t } = useTranslation();
  return (
    <NumberInput
      label={t(`settings.${name}`)}
      description={t(`settings.note.${name}`)}
      min={0.001}
      max={1_048_576}
      clampBehavior="strict"
      decimalScale={3}
      suffix=" GiB"
      value={values[name] / gib}
      onChange={(value) => onChange({ ...values, [name]: Math.round(Number(value) * gib) })}
    />
  );
}
