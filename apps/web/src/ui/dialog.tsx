import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ReturnFocus } from './return-focus.tsx';

type DialogProps = { title: string; isOpen: boolean; onClose: () => void; size?: string; children: ReactNode };

/** A window over the page: takes the focus, gives it back, closes by Escape. */
export function Dialog({ title, isOpen, onClose, size = 'lg', children }: DialogProps) {
  const { t } = useTranslation();
  return (
    <>
      {isOpen && <ReturnFocus />}
      <Modal
        opened={isOpen}
        onClose={onClose}
        title={title}
        size={size}
        centered
        lockScroll={false}
        returnFocus={false}
        transitionProps={{ duration: 0 }}
        closeButtonProps={{ 'aria-label': t('action.close') }}
      >
        {children}
      </Modal>
    </>
  );
}
