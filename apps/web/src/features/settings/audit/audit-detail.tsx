import type { AuditEntry } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { Dialog } from '../../../ui/dialog.tsx';

/** What was changed, without secrets. */
export function AuditDetail({ entry }: { entry: AuditEntry }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="compact-sm" variant="subtle" onClick={() => setOpen(true)}>
        {t('audit.show')}
      </Button>
      <Dialog title={entry.action} isOpen={isOpen} onClose={() => setOpen(false)}>
        <CodeBlock text={JSON.stringify(entry, null, 2)} label={t('audit.detail')} />
      </Dialog>
    </>
  );
}
