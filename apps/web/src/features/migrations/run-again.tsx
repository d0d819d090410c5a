import { isEnded, type Migration } from '@cacheferry/contract';
import { IconRepeat } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { GuardedButton } from '../../ui/guarded-button.tsx';
import { useRoleReason } from '../session/use-me.ts';
import { draftOfMigration } from './wizard/draft-of-migration.ts';
import { storeDraft } from './wizard/draft-store.ts';

/** Opens the wizard with what an ended migration was run with; passwords are asked for again. */
export function RunAgain({ migration, isSmall }: { migration: Migration; isSmall?: boolean }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const reason = useRoleReason('operator');
  if (!isEnded(migration.state)) return null;
  const open = () => {
    storeDraft(draftOfMigration(migration));
    void navigate({ to: '/migrations/new/source' });
  };
  return (
    <GuardedButton
      variant="default"
      size={isSmall ? 'compact-sm' : 'xs'}
      leftSection={<IconRepeat size={15} aria-hidden />}
      reason={reason}
      onClick={open}
    >
      {t(isSmall ? 'migration.runAgainShort' : 'migration.runAgain')}
    </GuardedButton>
  );
}
