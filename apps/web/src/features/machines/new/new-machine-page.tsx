import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../../../app/http/request.ts';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { createMachine } from '../api.ts';
import { MachineForm } from '../machine-form.tsx';
import { emptyMachine, toInput } from '../machine-fields.ts';
import { useMachineAction } from '../use-machine-action.ts';

/** Adding a machine. Nothing secret is sent to it before its host key has been confirmed. */
export function NewMachinePage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const key = useRef(newIdempotencyKey());
  const create = useMachineAction(
    (fields: Parameters<typeof toInput>[0]) => createMachine(toInput(fields), key.current),
    ({ id }) => void navigate({ to: '/machines/$id', params: { id } }),
  );
  const crumbs = [{ label: t('place.machines'), to: '/machines' }];
  return (
    <Page title={t('machine.add')} subtitle={t('machine.addLead')} crumbs={crumbs} isNarrow>
      <Panel label={t('machine.add')}>
        <MachineForm
          initial={emptyMachine}
          submitLabel={t('machine.addSubmit')}
          isBusy={create.isPending}
          error={create.error}
          onSubmit={(fields) => {
            key.current = newIdempotencyKey();
            create.mutate(fields);
          }}
        />
      </Panel>
    </Page>
  );
}
