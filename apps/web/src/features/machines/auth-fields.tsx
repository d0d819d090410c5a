import { PasswordInput, Radio, Textarea } from '@mantine/core';
import type { ChangeEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { FilePick } from '../../ui/file-pick.tsx';
import { useVisibilityLabel } from '../session/use-visibility-label.ts';
import type { AuthKind, MachineFields } from './machine-fields.ts';

type AuthFieldsProps = {
  fields: MachineFields;
  onChange: (patch: Partial<MachineFields>) => void;
  onTouch: (field: string) => void;
  faultOf: (field: 'password' | 'privateKey') => string | undefined;
};

const kinds: AuthKind[] = ['key', 'password', 'agent'];
const maxKeyBytes = 16_384;

/** Private key, password, or the agent of the server. What is typed here is never shown again. */
export function AuthFields({ fields, onChange, onTouch, faultOf }: AuthFieldsProps) {
  const { t } = useTranslation();
  const toggle = useVisibilityLabel();
  return (
    <div className="stack">
      <Radio.Group
        label={t('machine.field.authKind')}
        value={fields.authKind}
        onChange={(value) => onChange({ authKind: value as AuthKind })}
      >
        <div className="row" style={{ gap: '8px 20px', paddingTop: 4 }}>
          {kinds.map((kind) => (
            <Radio key={kind} value={kind} label={t(`machine.auth.${kind}`)} />
          ))}
        </div>
      </Radio.Group>
      {fields.authKind === 'key' && (
        <KeyFields fields={fields} onChange={onChange} onTouch={onTouch} faultOf={faultOf} />
      )}
      {fields.authKind === 'password' && (
        <PasswordInput
          name="password"
          label={t('session.password')}
          required
          autoComplete="off"
          value={fields.password}
          onChange={(event) => onChange({ password: event.currentTarget.value })}
          onBlur={() => onTouch('password')}
          error={faultOf('password')}
          {...toggle}
        />
      )}
      {fields.authKind === 'agent' && <p className="muted">{t('machine.note.agent')}</p>}
    </div>
  );
}

function KeyFields({ fields, onChange, onTouch, faultOf }: AuthFieldsProps) {
  const { t } = useTranslation();
  const toggle = useVisibilityLabel();
  const read = async (event: ChangeEvent<HTMLInputElement>) => {
    const chosen = event.currentTarget.files?.[0];
    if (chosen && chosen.size <= maxKeyBytes) onChange({ privateKey: await chosen.text() });
    onTouch('privateKey');
  };
  return (
    <>
      <Textarea
        name="privateKey"
        label={t('machine.field.privateKey')}
        description={t('machine.note.privateKey')}
        required
        rows={5}
        autoComplete="off"
        spellCheck={false}
        placeholder="-----BEGIN OPENSSH PRIVATE KEY-----"
        classNames={{ input: 'mono' }}
        value={fields.privateKey}
        onChange={(event) => onChange({ privateKey: event.currentTarget.value })}
        onBlur={() => onTouch('privateKey')}
        error={faultOf('privateKey')}
      />
      <FilePick label={t('machine.field.keyFile')} onChange={(event) => void read(event)} />
      <PasswordInput
        name="passphrase"
        label={t('machine.field.passphrase')}
        description={t('machine.note.passphrase')}
        autoComplete="off"
        value={fields.passphrase}
        onChange={(event) => onChange({ passphrase: event.currentTarget.value })}
        {...toggle}
      />
    </>
  );
}
