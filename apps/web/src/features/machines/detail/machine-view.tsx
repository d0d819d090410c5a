import type { Machine } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { Badge } from '../../../ui/badge.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { type Crumb, Page } from '../../../ui/page.tsx';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { addressOf } from '../address.ts';
import { MachineBadge } from '../machine-badge.tsx';
import { machineName } from '../machine-name.ts';
import { EnginePanel } from './engine-panel.tsx';
import { HostKeyPanel } from './host-key-panel.tsx';
import { MachineActions } from './machine-actions.tsx';
import { MachineFactsPanel } from './machine-facts-panel.tsx';
import { RunningPanel } from './running-panel.tsx';

/** A machine: can it be trusted, what is it, does the engine stand there, what runs on it. */
export function MachineView({ machine, crumbs }: { machine: Machine; crumbs: Crumb[] }) {
  const { t } = useTranslation();
  const needsKey = machine.kind === 'ssh' && (machine.state === 'untrusted' || machine.state === 'host_key_changed');
  const subtitle = (
    <span className="row">
      {machine.kind === 'ssh' && <span className="mono">{addressOf(machine)}</span>}
      {machine.labels.map((label) => (
        <Badge key={label} tone="accent">
          {label}
        </Badge>
      ))}
    </span>
  );
  return (
    <Page
      title={machineName(machine, t)}
      mark={<MachineBadge machine={machine} />}
      crumbs={crumbs}
      subtitle={subtitle}
      actions={<MachineActions machine={machine} />}
    >
      {machine.problem && !needsKey && <ProblemView problem={machine.problem} isAlert={false} />}
      {machine.kind === 'ssh' && <HostKeyPanel machine={machine} needsKey={needsKey} />}
      <EnginePanel machine={machine} />
      <MachineFactsPanel machine={machine} />
      <Panel title={t('machine.runningTitle')} isFlush>
        <RunningPanel machine={machine} />
      </Panel>
    </Page>
  );
}
