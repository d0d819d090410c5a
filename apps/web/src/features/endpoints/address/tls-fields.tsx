import { Checkbox, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from '../../migrations/fields.module.css';
import type { AddressForm } from './address-form.ts';

/** Whether TLS is used, and its files as they lie on the machine that runs the migration. */
export function TlsFields({ address, onChange, onLeave, faultOf }: AddressForm) {
  const { t } = useTranslation();
  return (
    <>
      <Checkbox
        label={t('wizard.field.tls')}
        description={t('wizard.note.tls')}
        checked={address.isTls}
        onChange={(event) => onChange({ isTls: event.currentTarget.checked })}
      />
      {address.isTls && (
        <div className={styles.pair}>
          {(['ca', 'cert', 'key'] as const).map((field) => (
            <TextInput
              key={field}
              name={field}
              label={t(`wizard.field.${field}`)}
              description={t('wizard.note.file')}
              placeholder={`/etc/ferry/${field}.pem`}
              autoComplete="off"
              spellCheck={false}
              value={address[field]}
              onChange={(event) => onChange({ [field]: event.currentTarget.value })}
              onBlur={() => field !== 'ca' && onLeave(field)}
              error={field === 'ca' ? undefined : faultOf(field)}
            />
          ))}
        </div>
      )}
    </>
  );
}
