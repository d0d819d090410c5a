import type { Machine, MachineFacts } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../../i18n/use-format.ts';
import { Ago } from '../../../ui/age.tsx';
import { Badge } from '../../../ui/badge.tsx';
import { type Fact, Facts } from '../../../ui/facts.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { probeMachine } from '../api.ts';
import { useMachineAction } from '../use-machine-action.ts';

/** What the machine is and how it is doing, read on it. */
export function MachineFactsPanel({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const format = useFormat();
  const role = useRoleReason('admin');
  const probe = useMachineAction(() => probeMachine(machine.id));
  const { facts, factsAt } = machine;
  return (
    <Panel
      title={t('machine.facts.title')}
      actions={
        <GuardedButton variant="default" reason={role} loading={probe.isPending} onClick={() => probe.mutate()}>
          {t('machine.facts.probe')}
        </GuardedButton>
      }
    >
      {probe.error && <ErrorView error={probe.error} />}
      {facts ? (
        <div className="stack">
          {factsAt && (
            <p className="muted">
              {t('machine.facts.read')} <Ago at={factsAt} />
            </p>
          )}
          <Facts facts={[...hostFacts(facts, t), ...roomFacts(facts, t, format), ...clockFacts(facts, t, format)]} />
        </div>
      ) : (
        <p className="muted">{t('machine.facts.none')}</p>
      )}
    </Panel>
  );
}

function hostFacts(facts: MachineFacts, t: TFunction): Fact[] {
  return [
    [t('machine.facts.host'), facts.hostname],
    [t('machine.facts.system'), `${facts.os} · ${facts.kernel} · ${facts.arch}`],
    [
      t('machine.facts.node'),
      facts.nodeVersion ?? (
        <Badge key="node" tone="warn">
          {t('machine.facts.noNode')}
        </Badge>
      ),
    ],
    [t('machine.facts.cores'), t('machine.facts.coresLoad', { count: facts.cores, load: facts.load1.toFixed(2) })],
  ];
}

function roomFacts(facts: MachineFacts, t: TFunction, format: Format): Fact[] {
  const room = (free: number, total: number) =>
    t('machine.facts.freeOf', { free: format.bytes(free), total: format.bytes(total) });
  return [
    [t('machine.facts.memory'), room(facts.memoryAvailableBytes, facts.memoryTotalBytes)],
    [t('machine.facts.disk'), room(facts.diskFreeBytes, facts.diskTotalBytes)],
    [
      t('machine.facts.workDir'),
      <span key="dir" className="row">
        <code className="break">{facts.workDir}</code>
        {!facts.isWorkDirWritable && <Badge tone="bad">{t('machine.facts.notWritable')}</Badge>}
      </span>,
    ],
  ];
}

function clockFacts(facts: MachineFacts, t: TFunction, format: Format): Fact[] {
  const offset = Math.abs(facts.clockOffsetMs);
  const text = offset === 0 ? format.duration(0) : `${facts.clockOffsetMs < 0 ? '−' : '+'}${format.duration(offset)}`;
  return [
    [
      t('machine.facts.clock'),
      <span key="clock" className="row">
        {text}
        {offset > 500 && <Badge tone="warn">{t('machine.facts.setNtp')}</Badge>}
      </span>,
    ],
    [t('machine.facts.roundTrip'), format.duration(facts.roundTripMs)],
  ];
}
