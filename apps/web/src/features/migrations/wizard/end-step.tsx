import { Button, Radio } from '@mantine/core';
import { IconArrowsUpDown } from '@tabler/icons-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/panel.tsx';
import { PasteUrl } from '../../endpoints/address/paste-url.tsx';
import { AddressFields } from './address-fields.tsx';
import { type EndDraft, emptyEnd, type Side } from './draft.ts';
import { endFaults } from './draft-faults.ts';
import { changeDraft, setSecrets, swapEnds, useDraft } from './draft-store.ts';
import { EndTest } from './end-test.tsx';
import { ImportConfig } from './import-config.tsx';
import { SavedPicker } from './saved-picker.tsx';
import { StepFoot, useNext } from './step-foot.tsx';
import styles from './wizard.module.css';

/** Step 1: where the data comes from. */
export function SourceStep() {
  return <EndStep key="source" side="source" />;
}

/** Step 2: where the data goes. */
export function TargetStep() {
  return <EndStep key="target" side="target" />;
}

function EndStep({ side }: { side: Side }) {
  const { t } = useTranslation();
  const { draft, secrets } = useDraft();
  const end = draft[side];
  const [isChecked, setChecked] = useState(false);
  const next = useNext(side);
  const change = (patch: Partial<EndDraft>) => changeDraft({ [side]: { ...end, ...patch } });
  const faults = endFaults(end, secrets[side]);
  const take: Parameters<typeof PasteUrl>[0]['onTake'] = (taken) => {
    changeDraft({ [side]: { ...emptyEnd, ...taken.address } });
    setSecrets(side, taken.secrets);
  };
  // A file that is still to be written cannot be tested.
  const isTestable = side === 'source' || end.how === 'saved' || end.kind !== 'rdb';
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setChecked(true);
    if (faults.length === 0) return next();
    event.currentTarget.querySelector<HTMLElement>(`[name="${faults[0]?.field}"]`)?.focus();
  };
  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <Panel title={t(`wizard.${side}Title`)} actions={<SwapButton />}>
        <div className="stack">
          <p className="muted">{t(`wizard.${side}Lead`)}</p>
          {side === 'source' && <ImportConfig />}
          <Radio.Group
            label={t('wizard.how')}
            value={end.how}
            onChange={(how) => change({ how: how as EndDraft['how'] })}
          >
            <div className="row" style={{ gap: '8px 20px', paddingTop: 4 }}>
              <Radio value="address" label={t('wizard.byAddress')} />
              <Radio value="saved" label={t('wizard.bySaved')} />
            </div>
          </Radio.Group>
          {end.how === 'saved' ? (
            <SavedPicker end={end} onChange={change} faults={isChecked ? faults : []} />
          ) : (
            <>
              <PasteUrl onTake={take} />
              <AddressFields side={side} end={end} onChange={change} isChecked={isChecked} />
            </>
          )}
          {isTestable && <EndTest side={side} onInvalid={() => setChecked(true)} />}
        </div>
      </Panel>
      <StepFoot step={side} />
    </form>
  );
}

function SwapButton() {
  const { t } = useTranslation();
  return (
    <Button variant="default" leftSection={<IconArrowsUpDown size={15} aria-hidden />} onClick={swapEnds}>
      {t('wizard.swap')}
    </Button>
  );
}
