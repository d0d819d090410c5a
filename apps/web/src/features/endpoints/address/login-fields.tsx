import { PasswordInput, TextInput } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import styles from '../../migrations/fields.module.css';
import { useVisibilityLabel } from '../../session/use-visibility-label.ts';
import type { AddressKind, SecretName } from './address.ts';
import type { AddressForm } from './address-form.ts';
import { secretNames } from './address-url.ts';

const kindsWithUser: readonly AddressKind[] = ['standalone', 'sentinel', 'cluster'];

/** The user and whatever secrets the kind has. */
export function LoginFields(form: AddressForm) {
  const { address } = form;
  return (
    <div className={styles.pair}>
      {kindsWithUser.includes(address.kind) && <UserField name="user" {...form} />}
      {secretNames(address).map((name) => (
        <Fragment key={name}>
          {name === 'sentinelPassword' && <UserField name="sentinelUser" {...form} />}
          <SecretField name={name} {...form} />
        </Fragment>
      ))}
    </div>
  );
}

function UserField({ name, address, onChange }: AddressForm & { name: 'user' | 'sentinelUser' }) {
  const { t } = useTranslation();
  return (
    <TextInput
      name={name}
      label={t(`wizard.field.${name}`)}
      description={t(`wizard.note.${name}`)}
      autoComplete="off"
      spellCheck={false}
      value={address[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
    />
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
