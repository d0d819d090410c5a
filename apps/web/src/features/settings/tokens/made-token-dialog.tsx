import type { NewToken } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { CodeBlock } from '../../../ui/code-block.tsx';
import { Dialog } from '../../../ui/dialog.tsx';

/** The only time that a token can be seen. */
export function MadeTokenDialog({ token, onClose }: { token: NewToken; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('token.made', { name: token.name })} isOpen onClose={onClose}>
      <div className="stack">
        <p>{t('token.once')}</p>
        <CodeBlock text={token.token} label={t('token.made', { name: token.name })} isWrapped />
        <div className="row" style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onClose}>{t('token.copied')}</Button>
        </div>
      </div>
    </Dialog>
  );
}
