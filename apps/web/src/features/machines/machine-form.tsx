import { Button } from '@mantine/core';
import type { FormEvent } from 'react';
import { ErrorView } from '../../ui/problem-view.tsx';
import { AddressFields, RoomFields } from './address-fields.tsx';
import { AuthFields } from './auth-fields.tsx';
import type { MachineFields } from './machine-fields.ts';
import { useMachineFields } from './use-machine-fields.ts';

type MachineFormProps = {
  initial: MachineFields;
  submitLabel: string;
  isBusy: boolean;
  error: unknown;
  onSubmit: (fields: MachineFields) => void;
};

/** Address and sign-in of a machine that is reached by SSH. */
export function MachineForm({ initial, submitLabel, isBusy, error, onSubmit }: MachineFormProps) {
  const form = useMachineFields(initial);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    form.showAll();
    const [first] = form.faults;
    if (!first) return onSubmit(form.fields);
    event.currentTarget.querySelector<HTMLElement>(`[name="${first.field}"]`)?.focus();
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <AddressFields {...form} />
      <AuthFields {...form} />
      <RoomFields {...form} hasWorkDir />
      {error ? <ErrorView error={error} /> : null}
      <div className="row">
        <Button type="submit" loading={isBusy}>
          {submitLabel}
        </Button>
      </div>
    </form>
  );
}
