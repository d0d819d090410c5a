import { PasswordInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from '../../migrations/fields.module.css';
import { useVisibilityLabel } from '../../session/use-visibility-label.ts';
import type { AddressKind, SecretName } from './address.ts';
import type { AddressForm } from './address-form.ts';
import { secretNames } from './address-url.ts';

const kindsWithUser: readonly AddressKind[] = ['standalone', 'sentinel', 'cluster'];

/** The user and whatever secrets the kind has. */
export function LoginFields(form: AddressForm) {
  const { t } = useTranslation();
  const { address, onChange } = form;
  return (
    <div className={styles.pair}>
      {kindsWithUser.includes(address.kind) && (
        <TextInput
          name="user"
          label={t('wizard.field.user')}
          description={t('wizard.note.user')}
          autoComplete="off"
          spellCheck={false}
          value={address.user}
          onChange={(event) => onChange({ user: event.currentTarget.value })}
        />
      )}
      {secretNames(address).map((name) => (
        <SecretField key={name} name={name} {...form} />
      ))}
    </div>
  );
}

const labels = {
  password: 'session.password',
  sentinelPassword: 'wizard.field.sentinelPassword',
  token: 'wizard.field.token',
} as const;

function SecretField({ name, secrets, secretNote, onSecret, faultOf }: AddressForm & { name: SecretName }) {
  const { t } = useTranslation();
  const toggle = useVisibilityLabel();
  return (
    <PasswordInput
      name={name}
      label={t(labels[name])}
      description={name === 'password' ? secretNote : t(`wizard.note.${name}`)}
      autoComplete="off"
      value={secrets[name]}
      onChange={(event) => onSecret(name, event.currentTarget.value)}
      error={faultOf(name)}
      {...toggle}
    />
  );
}
