import { Button, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Dialog } from './dialog.tsx';
import { ErrorView } from './problem-view.tsx';

type ConfirmDialogProps = {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  confirmLabel: string;
  onConfirm: () => void;
  isBusy?: boolean;
  error?: unknown;
  /** What must be typed before it can be confirmed; Enter never confirms then. */
  typed?: string;
  isDangerous?: boolean;
  isBlocked?: boolean;
  children: ReactNode;
};

/** Asks before something that cannot simply be taken back. The focus is on Cancel. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  return (
    <Dialog title={props.title} isOpen={props.isOpen} onClose={props.onClose}>
      <ConfirmBody {...props} />
    </Dialog>
  );
}

function ConfirmBody(props: ConfirmDialogProps) {
  const { t } = useTranslation();
  const { onClose, onConfirm, isBusy = false, error, typed, isDangerous, isBlocked = false } = props;
  const [text, setText] = useState('');
  const isReady = (typed === undefined || text === typed) && !isBlocked;
  // With a typed name the Enter key must not be the confirmation, so the button is no submit button.
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === undefined && isReady) onConfirm();
  };
  return (
    <form className="stack" onSubmit={submit}>
      <div className="stack-tight">{props.children}</div>
      {typed !== undefined && (
        <TextInput
          label={t('confirm.typeName', { name: typed })}
          value={text}
          autoComplete="off"
          onChange={(event) => setText(event.currentTarget.value)}
        />
      )}
      {error ? <ErrorView error={error} /> : null}
      <div className="row" style={{ justifyContent: 'flex-end' }}>
        <Button variant="default" data-autofocus onClick={onClose}>
          {t('action.cancel')}
        </Button>
        <Button
          {...(isDangerous ? { color: 'red' } : {})}
          type={typed === undefined ? 'submit' : 'button'}
          {...(typed === undefined ? {} : { onClick: onConfirm })}
          loading={isBusy}
          disabled={!isReady}
        >
          {props.confirmLabel}
        </Button>
      </div>
    </form>
  );
}
