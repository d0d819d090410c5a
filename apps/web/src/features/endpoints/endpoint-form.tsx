import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../../ui/problem-view.tsx';
import { AddressFields } from './address/address-fields.tsx';
import { faultText } from './address/fault-text.ts';
import { PasteUrl } from './address/paste-url.tsx';
import { type EndpointFault, type EndpointFields, endpointFaults } from './endpoint-fields.ts';

type EndpointFormProps = {
  initial: EndpointFields;
  /** Secrets are kept already; an empty field leaves them. */
  hasPassword: boolean;
  submitLabel: string;
  isBusy: boolean;
  error: unknown;
  onSubmit: (fields: EndpointFields) => void;
};

/** Name, address and secrets of an endpoint. */
export function EndpointForm({ initial, hasPassword, submitLabel, isBusy, error, onSubmit }: EndpointFormProps) {
  const { t } = useTranslation();
  const [fields, setFields] = useState(initial);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [isChecked, setChecked] = useState(false);
  const faults = endpointFaults(fields);
  const set = (patch: Partial<EndpointFields>) => setFields((before) => ({ ...before, ...patch }));
  const leave = (field: string) => setLeft((before) => new Set([...before, field]));
  const faultOf = (field: string) => {
    const fault: EndpointFault | undefined = faults.find((one) => one.field === field);
    return fault && (isChecked || left.has(field)) ? faultText(fault, t) : undefined;
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (faults.length === 0) return onSubmit(fields);
    event.currentTarget.querySelector<HTMLElement>(`[name="${faults[0]?.field}"]`)?.focus();
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
        onBlur={() => leave('name')}
        error={faultOf('name')}
      />
      <PasteUrl onTake={set} />
      <AddressFields
        address={fields.address}
        secrets={fields.secrets}
        onChange={(patch) => setFields((before) => ({ ...before, address: { ...before.address, ...patch } }))}
        onSecret={(name, value) =>
          setFields((before) => ({ ...before, secrets: { ...before.secrets, [name]: value } }))
        }
        onLeave={leave}
        faultOf={faultOf}
        secretNote={hasPassword ? t('endpoint.passwordStays') : t('wizard.note.password')}
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
