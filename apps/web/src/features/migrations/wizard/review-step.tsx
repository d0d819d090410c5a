import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { isStepDone } from './draft-faults.ts';
import { optionsOf, suggestedName } from './draft-input.ts';
import { modeOf } from './draft.ts';
import { changeDraft, useDraft } from './draft-store.ts';
import { ferryCommand } from './ferry-command.ts';
import { FoundEnds } from './found-ends.tsx';
import { MissingSteps } from './missing-steps.tsx';
import { PreflightRows } from './preflight-rows.tsx';
import { needsConfirmation, shownRows } from './preflight-state.ts';
import { StartPanel } from './start-panel.tsx';
import { Summary } from './summary.tsx';
import styles from './wizard.module.css';
import { useEndNames } from './use-end-names.ts';
import { usePreflight } from './use-preflight.ts';

/** Step 5: what will happen in one sentence, what is still to be known, and the start. */
export function ReviewStep() {
  const { draft, secrets } = useDraft();
  const isReady = (['source', 'target', 'options'] as const).every((step) => isStepDone(step, draft, secrets));
  return isReady && draft.machineId !== null ? <Review /> : <MissingSteps />;
}

function Review() {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const { preflight } = usePreflight();
  const names = useEndNames(draft);
  const name = draft.name || suggestedName(names.source.label, names.target.label);
  const rows = preflight ? shownRows(preflight) : [];
  const warnings = rows.filter((row) => row.status !== 'pass' && row.status !== 'skipped');
  const command = ferryCommand({
    source: names.source.url,
    target: names.target.url,
    hasSourcePassword: draft.source.hasPassword || names.source.hasPassword,
    hasTargetPassword: draft.target.hasPassword || names.target.hasPassword,
    mode: modeOf(draft),
    options: optionsOf(draft),
  });
  return (
    <div className={styles.form}>
      <Panel title={t('review.title')}>
        <div className="stack">
          <Summary draft={draft} names={names} preflight={preflight} />
          <TextInput
            label={t('review.name')}
            required
            maxLength={100}
            value={draft.name === '' ? name : draft.name}
            onChange={(event) => changeDraft({ name: event.currentTarget.value })}
          />
        </div>
      </Panel>
      {needsConfirmation(preflight) && (
        <Panel title={t('member.title')}>
          <FoundEnds report={preflight?.report} />
        </Panel>
      )}
      {warnings.length > 0 && (
        <Panel title={t('review.warnings')}>
          <PreflightRows rows={warnings} />
        </Panel>
      )}
      <Panel title={t('config.command')}>
        <div className="stack-tight">
          <p className="muted">{t('config.commandNote')}</p>
          <CodeBlock text={command} label={t('config.command')} isWrapped />
        </div>
      </Panel>
      <StartPanel name={name} preflight={preflight} />
    </div>
  );
}
