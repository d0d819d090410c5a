import type { SavedEndpoint } from '@cacheferry/contract';
import { NativeSelect } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { machinesQuery } from '../../machines/api.ts';
import { machineName } from '../../machines/machine-name.ts';
import { useRoleReason } from '../../session/use-me.ts';
import { testEnd } from '../api.ts';
import { TestResult } from '../test-result.tsx';

/** Has a machine of choice connect to a saved endpoint. */
export function SavedTest({ endpoint }: { endpoint: SavedEndpoint }) {
  const { t } = useTranslation();
  const role = useRoleReason('operator');
  const { data } = useQuery(machinesQuery({ limit: 200, sort: 'name' }));
  const ready = data?.items.filter((machine) => machine.state === 'ready') ?? [];
  const [chosen, setChosen] = useState<string>();
  const machineId = chosen ?? ready[0]?.id;
  const test = useMutation({ mutationFn: testEnd });
  const reason = role ?? (data && machineId === undefined ? t('endpoint.noMachine') : undefined);
  return (
    <div className="stack">
      <div className="row" style={{ alignItems: 'flex-end' }}>
        <NativeSelect
          label={t('endpoint.from')}
          value={machineId ?? ''}
          onChange={(event) => setChosen(event.currentTarget.value)}
          data={ready.map((machine) => ({ value: machine.id, label: machineName(machine, t) }))}
        />
        <GuardedButton
          reason={reason}
          loading={test.isPending}
          leftSection={<IconPlugConnected size={15} aria-hidden />}
          onClick={() => machineId && test.mutate({ endpoint: { endpointId: endpoint.id }, machineId })}
        >
          {t('endpoint.test')}
        </GuardedButton>
      </div>
      {test.error && <ErrorView error={test.error} />}
      {test.data && <TestResult result={test.data} />}
    </div>
  );
}
