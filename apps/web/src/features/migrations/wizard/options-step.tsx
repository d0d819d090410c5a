import { NumberInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { flushSync } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/panel.tsx';
import styles from '../fields.module.css';
import { RateFields } from '../rate-fields.tsx';
import { AcceptFields } from './accept-fields.tsx';
import { Choices } from './choices.tsx';
import { type Draft, isOfFiles, modeOf } from './draft.ts';
import { type OptionField, optionFaults } from './draft-faults.ts';
import { changeDraft, useDraft } from './draft-store.ts';
import { RulesPanel } from './rules-panel.tsx';
import { StepFoot, useNext } from './step-foot.tsx';
import wizardStyles from './wizard.module.css';
import { mib } from '../../../ui/format.ts';

/** Step 3: how to copy, what to do with keys that exist, and how fast. */
export function OptionsStep() {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const [isChecked, setChecked] = useState(false);
  const next = useNext('options');
  const faults = optionFaults(draft);
  const isCopy = isOfFiles(draft.source) || isOfFiles(draft.target);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    // What is folded opens first, else it could not be gone to.
    flushSync(() => setChecked(true));
    if (faults.length === 0) return next();
    form.querySelector<HTMLElement>(`[name="${faults[0]?.field}"]`)?.focus();
  };
  return (
    <form className={wizardStyles.form} onSubmit={submit} noValidate>
      <Panel title={t('option.modeTitle')}>
        <Choices
          name="mode"
          value={modeOf(draft)}
          onChange={(mode) => changeDraft({ mode })}
          choices={(['sync', 'full'] as const).map((value) => ({
            value,
            label: t(`option.mode.${value}`),
            note: t(isCopy ? `option.modeNote.${value}OfFiles` : `option.modeNote.${value}`),
            isOff: isCopy && value === 'sync',
          }))}
        />
      </Panel>
      <Panel title={t('option.conflictTitle')}>
        <Choices
          name="onConflict"
          value={draft.onConflict}
          onChange={(onConflict) => changeDraft({ onConflict })}
          choices={(['fail', 'skip', 'overwrite'] as const).map((value) => ({
            value,
            label: t(`option.conflict.${value}`),
            note: t(`option.conflictNote.${value}`),
          }))}
        />
      </Panel>
      <RulesPanel />
      <Panel title={t('option.speedTitle')}>
        <RateFields rates={draft} onChange={changeDraft} />
      </Panel>
      <Panel label={t('option.advanced')}>
        <Advanced draft={draft} isChecked={isChecked} />
      </Panel>
      <StepFoot step="options" />
    </form>
  );
}

function Advanced({ draft, isChecked }: { draft: Draft; isChecked: boolean }) {
  const { t } = useTranslation();
  const faults = optionFaults(draft);
  const faultOf = (field: OptionField) => {
    const fault = isChecked ? faults.find((one) => one.field === field) : undefined;
    return fault && t('option.wrongLine', { line: fault.line });
  };
  const number = (field: 'batch' | 'connections', max: number) => (
    <NumberInput
      name={field}
      label={t(`option.${field}`)}
      description={t(`option.note.${field}`)}
      min={1}
      max={max}
      allowDecimal={false}
      value={draft[field]}
      onChange={(value) => changeDraft({ [field]: Number(value) })}
      error={faultOf(field)}
    />
  );
  return (
    <details className={wizardStyles.advanced} open={(isChecked && faults.length > 0) || undefined}>
      <summary>{t('option.advanced')}</summary>
      <div className="stack">
        <div className={styles.pair}>
          {number('batch', 10_000)}
          {number('connections', 64)}
        </div>
        <NumberInput
          name="bigKeyBytes"
          label={t('option.bigKeyBytes')}
          description={t('option.note.bigKeyBytes')}
          min={1 / 16}
          max={512}
          decimalScale={4}
          suffix=" MiB"
          value={draft.bigKeyBytes / mib}
          onChange={(value) => changeDraft({ bigKeyBytes: Math.round(Number(value) * mib) })}
          error={faultOf('bigKeyBytes')}
        />
        <AcceptFields draft={draft} />
      </div>
    </details>
  );
}
