import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../../../app/http/request.ts';
import { Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { createEndpoint } from '../api.ts';
import { type EndpointFields, endpointFields, endpointInput } from '../endpoint-fields.ts';
import { EndpointForm } from '../endpoint-form.tsx';

/** Saving an endpoint, so that nobody has to type it again. */
export function NewEndpointPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const key = useRef(newIdempotencyKey());
  const create = useMutation({
    mutationFn: (fields: EndpointFields) => createEndpoint(endpointInput(fields), key.current),
    onSuccess: (made) => {
      toast(t('endpoint.saved', { name: made.name }));
      void queryClient.invalidateQueries({ queryKey: ['endpoints'] });
      void navigate({ to: '/endpoints/$id', params: { id: made.id } });
    },
  });
  return (
    <Page
      title={t('endpoint.add')}
      subtitle={t('endpoint.addLead')}
      crumbs={[{ label: t('place.endpoints'), to: '/endpoints' }]}
      isNarrow
    >
      <Panel label={t('endpoint.add')}>
        <EndpointForm
          initial={endpointFields()}
          hasPassword={false}
          submitLabel={t('action.save')}
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
