import type { HostKey, Machine } from '@cacheferry/contract';
import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { type Fact, Facts } from '../../../ui/facts.tsx';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { useRoleReason } from '../../session/use-me.ts';
import { trustMachine } from '../api.ts';
import { useMachineAction } from '../use-machine-action.ts';
import { ChangedKeyNote } from './changed-key-note.tsx';
import { keyCommand } from './key-command.ts';

/** The host key: to be compared and confirmed before anything secret is sent, and again when it has changed. */
export function HostKeyPanel({ machine, needsKey }: { machine: Machine; needsKey: boolean }) {
  const { t } = useTranslation();
  const { seenHostKey, trustedHostKey, state } = machine;
  if (!needsKey)
    return trustedHostKey ? (
      <Panel title={t('hostKey.title')}>
        <Facts facts={keyFacts(trustedHostKey, t('hostKey.trusted'))} />
      </Panel>
    ) : null;
  if (!seenHostKey)
    return (
      <Panel title={t('hostKey.title')}>
        <p role="status">{t('hostKey.reading')}</p>
      </Panel>
    );
  return (
    <Panel title={state === 'host_key_changed' ? t('hostKey.changedTitle') : t('hostKey.confirmTitle')}>
      <div className="stack">
        {state === 'host_key_changed' && trustedHostKey ? (
          <ChangedKeyNote trusted={trustedHostKey} seen={seenHostKey} />
        ) : (
          <>
            <p>{t('hostKey.why')}</p>
            <Facts facts={keyFacts(seenHostKey, t('hostKey.seen'))} />
          </>
        )}
        <div className="stack-tight">
          <p>{t('hostKey.howTo')}</p>
          <CodeBlock text={keyCommand(seenHostKey.type)} label={t('hostKey.command')} isWrapped />
        </div>
        <ConfirmKey machine={machine} seen={seenHostKey} />
      </div>
    </Panel>
  );
}

function keyFacts({ type, fingerprint }: HostKey, label: string): Fact[] {
  return [[label, <code key="key" className="break">{`${type}  ${fingerprint}`}</code>]];
}

function ConfirmKey({ machine, seen }: { machine: Machine; seen: HostKey }) {
  const { t } = useTranslation();
  const reason = useRoleReason('admin');
  const [isCompared, setCompared] = useState(false);
  const trust = useMachineAction(() => trustMachine(machine.id, seen.fingerprint));
  return (
    <div className="stack">
      <Checkbox
        checked={isCompared}
        onChange={(event) => setCompared(event.currentTarget.checked)}
        label={t('hostKey.compared')}
      />
      {trust.error && <ErrorView error={trust.error} />}
      <div className="row">
        <GuardedButton
          reason={reason ?? (isCompared ? undefined : t('hostKey.compareFirst'))}
          loading={trust.isPending}
          onClick={() => trust.mutate()}
        >
          {t('hostKey.confirm')}
        </GuardedButton>
      </div>
    </div>
  );
}
