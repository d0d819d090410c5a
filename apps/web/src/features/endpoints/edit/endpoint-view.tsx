import type { SavedEndpoint } from '@cacheferry/contract';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { type Crumb, Page } from '../../../ui/page.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { toast } from '../../../ui/toasts.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { changeEndpoint } from '../api.ts';
import { type EndpointFields, endpointFields, endpointInput } from '../endpoint-fields.ts';
import { EndpointForm } from '../endpoint-form.tsx';
import { RemoveEndpoint } from './remove-endpoint.tsx';
import { SavedTest } from './saved-test.tsx';

/** Testing, changing and removing a saved endpoint. */
export function EndpointView({ endpoint, crumbs }: { endpoint: SavedEndpoint; crumbs: Crumb[] }) {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const reason = useRoleReason('operator');
  const [isRemoving, setRemoving] = useState(false);
  const save = useMutation({
    mutationFn: (fields: EndpointFields) => changeEndpoint(endpoint.id, endpointInput(fields)),
    onSuccess: (next) => {
      toast(t('endpoint.saved', { name: next.name }));
      void queryClient.invalidateQueries({ queryKey: ['endpoints'] });
    },
  });
  const remove = (
    <GuardedButton
      variant="default"
      reason={reason ?? (endpoint.usedBy > 0 ? t('endpoint.inUse', { count: endpoint.usedBy }) : undefined)}
      leftSection={<IconTrash size={15} aria-hidden />}
      onClick={() => setRemoving(true)}
    >
      {t('action.remove')}
    </GuardedButton>
  );
  return (
    <Page
      title={endpoint.name}
      crumbs={crumbs}
      subtitle={<code className="break">{endpoint.url}</code>}
      actions={remove}
      isNarrow
    >
      <Panel title={t('endpoint.test')}>
        <SavedTest endpoint={endpoint} />
      </Panel>
      {reason ? (
        <p className="muted">{reason}</p>
      ) : (
        <Panel title={t('action.edit')}>
          <EndpointForm
            key={endpoint.updatedAt}
            initial={endpointFields(endpoint)}
            hasPassword={endpoint.hasPassword}
            submitLabel={t('action.save')}
            isBusy={save.isPending}
            error={save.error}
            onSubmit={(fields) => save.mutate(fields)}
          />
        </Panel>
      )}
      <RemoveEndpoint endpoint={endpoint} isOpen={isRemoving} onClose={() => setRemoving(false)} />
    </Page>
  );
}
