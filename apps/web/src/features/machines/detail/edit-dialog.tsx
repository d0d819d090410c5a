import type { Machine, MachineChange } from '@cacheferry/contract';
import { Checkbox } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from '../../../ui/dialog.tsx';
import { FormFoot } from '../../../ui/form-foot.tsx';
import { AddressFields, RoomFields } from '../address-fields.tsx';
import { changeMachine } from '../api.ts';
import { AuthFields } from '../auth-fields.tsx';
import { authOf, emptyMachine, labelsOf, type MachineFault, type MachineFields } from '../machine-fields.ts';
import { useMachineAction } from '../use-machine-action.ts';
import { useMachineFields } from '../use-machine-fields.ts';

const secretFields: MachineFault['field'][] = ['password', 'privateKey'];

/** Changing a machine. Its sign-in stays unless it is given anew. */
export function EditDialog({ machine, onClose }: { machine: Machine; onClose: () => void }) {
  const { t } = useTranslation();
  const isSsh = machine.kind === 'ssh';
  const [hasNewAuth, setNewAuth] = useState(false);
  const isRelevant = ({ field }: MachineFault) =>
    isSsh ? hasNewAuth || !secretFields.includes(field) : field === 'name' || field === 'labels';
  const form = useMachineFields(fieldsOf(machine), isRelevant);
  const save = useMachineAction((change: MachineChange) => changeMachine(machine.id, change), onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    form.showAll();
    if (form.faults.length === 0) save.mutate(changeOf(machine, form.fields, hasNewAuth));
  };
  return (
    <Dialog title={t('machine.editTitle', { name: machine.name })} isOpen onClose={onClose}>
      <form className="stack" onSubmit={submit} noValidate>
        <AddressFields {...form} isLocal={!isSsh} />
        <RoomFields {...form} hasWorkDir={false} />
        {isSsh && (
          <Checkbox
            label={t('machine.newAuth')}
            checked={hasNewAuth}
            onChange={(event) => setNewAuth(event.currentTarget.checked)}
          />
        )}
        {hasNewAuth && <AuthFields {...form} />}
        <FormFoot error={save.error} onCancel={onClose} submitLabel={t('action.save')} isBusy={save.isPending} />
      </form>
    </Dialog>
  );
}

function fieldsOf(machine: Machine): MachineFields {
  return {
    ...emptyMachine,
    name: machine.name,
    host: machine.host ?? '',
    port: machine.port ?? 22,
    username: machine.username ?? '',
    authKind: machine.authKind ?? 'agent',
    labels: machine.labels.join(', '),
    slots: machine.slots,
  };
}

function changeOf(machine: Machine, fields: MachineFields, hasNewAuth: boolean): MachineChange {
  const slots = fields.slots === '' ? {} : { slots: fields.slots };
  const common = { name: fields.name.trim(), labels: labelsOf(fields), ...slots };
  if (machine.kind === 'local') return common;
  const address = { host: fields.host.trim(), port: Number(fields.port), username: fields.username.trim() };
  return { ...common, ...address, ...(hasNewAuth ? { auth: authOf(fields) } : {}) };
}
