import { Button, type ButtonProps } from '@mantine/core';
import type { MouseEventHandler, ReactNode } from 'react';
import { Hint } from './hint.tsx';

type GuardedButtonProps = ButtonProps & {
  /** Why it may not be pressed now; unset = it may. */
  reason?: string | undefined;
  onClick?: MouseEventHandler<HTMLButtonElement>;
  type?: 'button' | 'submit';
  children: ReactNode;
};

/** A button that stays visible and reachable while it may not be used, and then says why. */
export function GuardedButton({ reason, onClick, children, ...rest }: GuardedButtonProps) {
  if (!reason)
    return (
      <Button {...rest} {...(onClick ? { onClick } : {})}>
        {children}
      </Button>
    );
  return (
    <Hint text={reason}>
      {(describedBy) => (
        <Button {...rest} type="button" data-disabled aria-disabled aria-describedby={describedBy} onClick={stop}>
          {children}
        </Button>
      )}
    </Hint>
  );
}

const stop: MouseEventHandler = (event) => event.preventDefault();
