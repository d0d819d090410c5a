import { NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { LinkButton } from '../../../ui/link-button.tsx';
import { QueryView } from '../../../ui/query-view.tsx';
import { addressFromUrl } from '../../endpoints/address/address-url.ts';
import { endpointsQuery } from '../../endpoints/api.ts';
import type { EndDraft } from './draft.ts';
import type { EndFault } from './draft-faults.ts';

type SavedPickerProps = { end: EndDraft; onChange: (patch: Partial<EndDraft>) => void; faults: EndFault[] };

/** One of the saved endpoints; its password stays on the server. */
export function SavedPicker({ end, onChange, faults }: SavedPickerProps) {
  const { t } = useTranslation();
  const query = useQuery(endpointsQuery({ limit: 200, sort: 'name' }));
  const hasFault = faults.some((fault) => fault.field === 'endpointId');
  return (
    <QueryView query={query}>
      {({ items }) =>
        items.length === 0 ? (
          <div className="spread">
            <p className="muted">{t('wizard.noSaved')}</p>
            <LinkButton to="/endpoints/new" variant="default">
              {t('endpoint.add')}
            </LinkButton>
          </div>
        ) : (
          <NativeSelect
            name="endpointId"
            label={t('wizard.field.saved')}
            required
            value={end.endpointId ?? ''}
            onChange={(event) => {
              const chosen = items.find(({ id }) => id === event.currentTarget.value);
              const savedKind = chosen ? addressFromUrl(chosen.url).address.kind : null;
              onChange({ endpointId: chosen?.id ?? null, savedKind });
            }}
            error={hasFault && t('wizard.fault.choose')}
            data={[
              { value: '', label: t('wizard.choose') },
              ...items.map(({ id, name, url }) => ({ value: id, label: `${name} — ${url}` })),
            ]}
          />
        )
      }
    </QueryView>
  );
}
