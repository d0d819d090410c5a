import type { Machine } from '@cacheferry/contract';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Facts } from '../../../ui/facts.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { Time } from '../../../ui/time.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { installMachine } from '../api.ts';
import { useMachineAction } from '../use-machine-action.ts';
import styles from './engine-panel.module.css';

/** Which engine stands on the machine, and putting it there. */
export function EnginePanel({ machine }: { machine: Machine }) {
  const { t } = useTranslation();
  const role = useRoleReason('admin');
  const [isWaiting, setWaiting] = useState(false);
  const install = useMachineAction(() => installMachine(machine.id));
  const mark = `${machine.engine?.installedAt} ${machine.problem?.code} ${machine.state}`;
  const [markBefore, setMarkBefore] = useState(mark);
  useEffect(() => {
    if (mark !== markBefore) setWaiting(false);
  }, [mark, markBefore]);
  const run = () => {
    setMarkBefore(mark);
    setWaiting(true);
    install.mutate(undefined, { onError: () => setWaiting(false) });
  };
  const isTrusted = machine.kind === 'local' || machine.trustedHostKey !== null;
  const reason = role ?? (isTrusted ? undefined : t('machine.confirmKeyFirst'));
  const { engine } = machine;
  return (
    <Panel
      title={t('machine.engine.title')}
      actions={
        <GuardedButton variant={engine ? 'default' : 'filled'} reason={reason} loading={isWaiting} onClick={run}>
          {engine ? t('machine.engine.again') : t('machine.engine.install')}
        </GuardedButton>
      }
    >
      {isWaiting && (
        <div className={styles.bar} role="progressbar" aria-label={t('machine.engine.installing')}>
          <span className={styles.move} />
        </div>
      )}
      {install.error && <ErrorView error={install.error} />}
      {engine ? (
        <Facts
          facts={[
            [t('machine.engine.version'), engine.version],
            [
              t('machine.engine.sha'),
              <code key="sha" className="break">
                {engine.sha256}
              </code>,
            ],
            [t('machine.engine.installedAt'), <Time key="at" at={engine.installedAt} />],
          ]}
        />
      ) : (
        <p className="muted">{isWaiting ? t('machine.engine.installing') : t('machine.engine.none')}</p>
      )}
    </Panel>
  );
}
