import { FerryError } from '@cacheferry/kernel';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../../ui/problem-view.tsx';
import { useVisibilityLabel } from '../session/use-visibility-label.ts';
import { type EndpointFields, endpointFault, takePassword } from './endpoint-fields.ts';

type EndpointFormProps = {
  initial: EndpointFields;
  /** A password is kept already; an empty field leaves it. */
  hasPassword: boolean;
  submitLabel: string;
  isBusy: boolean;
  error: unknown;
  onSubmit: (fields: EndpointFields) => void;
};

/** Name, address and password of an endpoint. A password within the address is taken out of it. */
export function EndpointForm({ initial, hasPassword, submitLabel, isBusy, error, onSubmit }: EndpointFormProps) {
  const { t } = useTranslation();
  const toggle = useVisibilityLabel();
  const [fields, setFields] = useState(initial);
  const [isChecked, setChecked] = useState(false);
  const fault = isChecked ? endpointFault(fields) : undefined;
  const set = (patch: Partial<EndpointFields>) => setFields((before) => ({ ...before, ...patch }));
  const urlFault = fault?.field === 'url' ? faultText(fault.cause, t('wizard.fault.missing')) : undefined;
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    const clean = takePassword(fields);
    setFields(clean);
    const found = endpointFault(clean);
    if (!found) return onSubmit(clean);
    event.currentTarget.querySelector<HTMLElement>(`[name="${found.field}"]`)?.focus();
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <TextInput
        name="name"
        label={t('endpoint.column.name')}
        required
        maxLength={100}
        autoComplete="off"
        value={fields.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
        error={fault?.field === 'name' && t('wizard.fault.missing')}
      />
      <TextInput
        name="url"
        label={t('endpoint.column.url')}
        description={t('endpoint.urlNote')}
        placeholder="redis://user@10.0.0.5:6379/0"
        required
        autoComplete="off"
        spellCheck={false}
        value={fields.url}
        onChange={(event) => set({ url: event.currentTarget.value })}
        onBlur={() => setFields(takePassword)}
        error={urlFault}
      />
      <PasswordInput
        name="password"
        label={t('session.password')}
        description={hasPassword ? t('endpoint.passwordStays') : t('wizard.note.password')}
        autoComplete="off"
        value={fields.password}
        onChange={(event) => set({ password: event.currentTarget.value })}
        {...toggle}
      />
      {error ? <ErrorView error={error} /> : null}
      <div className="row">
        <Button type="submit" loading={isBusy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}

function faultText(cause: unknown, missing: string): string {
  return cause instanceof FerryError ? `${cause.message}. ${cause.fix}` : missing;
}
