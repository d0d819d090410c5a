import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from '../../migrations/fields.module.css';
import type { AddressForm } from './address-form.ts';

/** Which application of which CacheCloud. */
export function ApplicationFields({ address, onChange, onLeave, faultOf }: AddressForm) {
  const { t } = useTranslation();
  const field = (name: 'baseUrl' | 'app', placeholder: string) => (
    <TextInput
      name={name}
      label={t(`wizard.field.${name}`)}
      description={t(`wizard.note.${name}`)}
      placeholder={placeholder}
      required
      autoComplete="off"
      spellCheck={false}
      value={address[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      onBlur={() => onLeave(name)}
      error={faultOf(name)}
    />
  );
  return (
    <div className={styles.pair}>
      {field('baseUrl', 'http://cachecloud.example:8080')}
      {field('app', '10000')}
    </div>
  );
}
