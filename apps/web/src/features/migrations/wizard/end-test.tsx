import { Button } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { testEnd } from '../../endpoints/api.ts';
import { TestResult } from '../../endpoints/test-result.tsx';
import { machinesQuery } from '../../machines/api.ts';
import { machineName } from '../../machines/machine-name.ts';
import type { Side } from './draft.ts';
import { endFaults } from './draft-faults.ts';
import { refOf } from './draft-input.ts';
import { useDraft } from './draft-store.ts';
import { KindOffer } from './kind-offer.tsx';

/** Has a machine connect to this end and tells what it found. */
export function EndTest({ side, onInvalid }: { side: Side; onInvalid: () => void }) {
  const { t } = useTranslation();
  const { draft, secrets } = useDraft();
  const { data: machines } = useQuery(machinesQuery({ limit: 200 }));
  const ready = machines?.items.filter((machine) => machine.state === 'ready') ?? [];
  const machine = ready.find((one) => one.id === draft.machineId) ?? ready[0];
  const ref = refOf(draft[side], secrets[side]);
  const test = useMutation({ mutationFn: testEnd });
  const { reset } = test;
  const mark = JSON.stringify([ref, side]);
  useEffect(() => reset(), [mark, reset]);
  // The answer must not stay unseen below the edge of the window.
  const answer = useRef<HTMLDivElement>(null);
  const isAnswered = test.isSuccess || test.isError;
  useEffect(() => {
    if (isAnswered) answer.current?.scrollIntoView({ block: 'nearest' });
  }, [isAnswered]);
  const run = () => {
    if (endFaults(draft[side], secrets[side]).length > 0 || !ref) return onInvalid();
    if (machine) test.mutate({ endpoint: ref, machineId: machine.id });
  };
  return (
    <div className="stack-tight">
      <div className="row">
        <Button
          variant="default"
          leftSection={<IconPlugConnected size={15} aria-hidden />}
          loading={test.isPending}
          disabled={!machine}
          onClick={run}
        >
          {t('endpoint.test')}
        </Button>
        <span className="muted">
          {machine && t('endpoint.testFrom', { machine: machineName(machine, t) })}
          {machines && !machine && t('endpoint.noMachine')}
        </span>
      </div>
      <div ref={answer} className="stack-tight">
        {test.error && <ErrorView error={test.error} />}
        {test.data && <TestResult result={test.data} />}
        {test.data?.facts && <KindOffer side={side} facts={test.data.facts} />}
      </div>
    </div>
  );
}
