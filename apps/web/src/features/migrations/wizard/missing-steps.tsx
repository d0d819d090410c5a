import { IconListCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Empty } from '../../../ui/empty.tsx';
import { LinkButton } from '../../../ui/link-button.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { isStepDone, steps } from './draft-faults.ts';
import { useDraft } from './draft-store.ts';

/** When a later step was opened before the earlier ones were done: which one comes first. */
export function MissingSteps() {
  const { t } = useTranslation();
  const { draft, secrets } = useDraft();
  const first = steps.find((step) => !isStepDone(step, draft, secrets)) ?? 'source';
  const name = t(`wizard.step.${first}`);
  return (
    <Panel label={t('wizard.missing')}>
      <Empty
        icon={IconListCheck}
        title={t('wizard.missing')}
        text={t('wizard.missingText', { step: name })}
        actions={<LinkButton to={`/migrations/new/${first}`}>{t('wizard.goTo', { step: name })}</LinkButton>}
      />
    </Panel>
  );
}
