import { Button } from '@mantine/core';
import { IconArrowLeft, IconArrowRight } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { LinkButton } from '../../../ui/link-button.tsx';
import { steps, type WizardStep } from './draft-faults.ts';
import styles from './wizard.module.css';

type StepFootProps = { step: WizardStep; note?: ReactNode; children?: ReactNode };

/** Always in sight: back to the step before, and the way on. `note` stands above the buttons and moves neither. */
export function StepFoot({ step, note, children }: StepFootProps) {
  const { t } = useTranslation();
  const before = steps[steps.indexOf(step) - 1];
  return (
    <div className={styles.foot}>
      {note && <div className={styles.note}>{note}</div>}
      <div className={styles.buttons}>
        {before ? (
          <LinkButton
            to={`/migrations/new/${before}`}
            variant="default"
            leftSection={<IconArrowLeft size={15} aria-hidden />}
          >
            {t('wizard.back')}
          </LinkButton>
        ) : (
          <LinkButton to="/migrations" variant="default">
            {t('action.cancel')}
          </LinkButton>
        )}
        {children ?? (
          <Button type="submit" rightSection={<IconArrowRight size={15} aria-hidden />}>
            {t('wizard.next')}
          </Button>
        )}
      </div>
    </div>
  );
}

/** Goes to the step after this one. */
export function useNext(step: WizardStep): () => void {
  const navigate = useNavigate();
  const after = steps[steps.indexOf(step) + 1] ?? step;
  return () => void navigate({ to: `/migrations/new/${after}` });
}
