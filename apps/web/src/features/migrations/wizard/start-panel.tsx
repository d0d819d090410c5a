import type { Preflight } from '@cacheferry/contract';
import { roleIncludes } from '@cacheferry/contract';
import { Textarea } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { GuardedButton } from '../../../ui/guarded-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { ErrorView } from '../../../ui/problem-view.tsx';
import { useNow } from '../../../ui/use-now.ts';
import { useMe, useRoleReason } from '../../session/use-me.ts';
import { useDraft } from './draft-store.ts';
import { type StartGate, startGate } from './preflight-state.ts';
import { StepFoot } from './step-foot.tsx';
import { useCreate } from './use-create.ts';

const minReason = 3;

/** Makes the migration and starts it; or only makes it. Held back while a row fails or a warning was not read. */
export function StartPanel({ name, preflight }: { name: string; preflight: Preflight | undefined }) {
  const { t } = useTranslation();
  const me = useMe();
  const role = useRoleReason('operator');
  const { draft } = useDraft();
  const now = useNow(5000);
  const [reason, setReason] = useState('');
  const create = useCreate();
  const gate = startGate(preflight, draft.acknowledged, now);
  const mayOverride = gate.kind === 'failed' && gate.canOverride && roleIncludes(me.role, 'admin');
  const isOverridden = mayOverride && reason.trim().length >= minReason;
  const gateReason = gate.kind === 'ready' || isOverridden ? undefined : gateText(gate, t);
  const isNamed = name.trim() !== '';
  const blocked = role ?? (isNamed ? undefined : t('review.needsName'));
  const start = () => create.mutate({ name, isStarted: true, ...(isOverridden ? { override: reason.trim() } : {}) });
  const note = create.error ? <ErrorView error={create.error} /> : gateReason && <p role="status">{gateReason}</p>;
  return (
    <>
      {mayOverride && (
        <Panel label={t('review.override')}>
          <Textarea
            label={t('review.override')}
            description={t('review.overrideNote')}
            maxLength={500}
            rows={2}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        </Panel>
      )}
      <StepFoot step="review" note={note}>
        <div className="row">
          <GuardedButton
            variant="default"
            reason={blocked}
            loading={create.isPending && !create.variables.isStarted}
            onClick={() => create.mutate({ name, isStarted: false })}
          >
            {t('review.saveDraft')}
          </GuardedButton>
          <GuardedButton
            reason={blocked ?? gateReason}
            leftSection={<IconPlayerPlay size={15} aria-hidden />}
            loading={create.isPending && create.variables.isStarted}
            onClick={start}
          >
            {isOverridden ? t('review.startAnyway') : t('review.start')}
          </GuardedButton>
        </div>
      </StepFoot>
    </>
  );
}

function gateText(gate: StartGate, t: TFunction): string {
  if (gate.kind === 'warnings') return t('review.gate.warnings', { count: gate.left });
  if (gate.kind === 'failed') return t('review.gate.failed');
  if (gate.kind === 'servers') return t('review.gate.servers');
  return gate.kind === 'running' ? t('review.gate.running') : t('review.gate.stale');
}
