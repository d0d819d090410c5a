import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/panel.tsx';
import { useDraft } from './draft-store.ts';
import { isStepDone } from './draft-faults.ts';
import { MachinePicker } from './machine-picker.tsx';
import { MissingSteps } from './missing-steps.tsx';
import { PreflightPanel } from './preflight-panel.tsx';
import { StepFoot, useNext } from './step-foot.tsx';
import styles from './wizard.module.css';

/** Step 4: which machine does the work, and whether everything is ready, asked from there. */
export function PreflightStep() {
  const { t } = useTranslation();
  const { draft, secrets } = useDraft();
  const next = useNext('preflight');
  const isReady = (['source', 'target', 'options'] as const).every((step) => isStepDone(step, draft, secrets));
  if (!isReady) return <MissingSteps />;
  return (
    <form
      className={styles.form}
      onSubmit={(event) => {
        event.preventDefault();
        next();
      }}
    >
      <Panel title={t('wizard.machineTitle')}>
        <MachinePicker />
      </Panel>
      {draft.machineId !== null && <PreflightPanel />}
      <StepFoot step="preflight" />
    </form>
  );
}
