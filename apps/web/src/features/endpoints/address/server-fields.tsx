import { NumberInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from '../../migrations/fields.module.css';
import type { Address } from './address.ts';
import type { AddressForm } from './address-form.ts';

/** What a database is for depends on the end. */
const dbNotes = {
  source: 'wizard.note.dbSource',
  target: 'wizard.note.dbTarget',
  saved: 'wizard.note.dbAny',
} as const;

/** Host, port and database of a single server. */
export function ServerFields({ address, side, onChange, onLeave, faultOf }: AddressForm) {
  const { t } = useTranslation();
  const number = (field: 'port' | 'db', isRequired: boolean, note?: string) => (
    <NumberInput
      name={field}
      label={t(`wizard.field.${field}`)}
      description={note}
      required={isRequired}
      hideControls
      value={address[field]}
      onChange={(value) => onChange({ [field]: value === '' ? '' : Number(value) })}
      onBlur={() => onLeave(field)}
      error={faultOf(field)}
    />
  );
  return (
    <div className={styles.pair}>
      <TextInput
        name="host"
        label={t('wizard.field.host')}
        required
        autoComplete="off"
        spellCheck={false}
        value={address.host}
        onChange={(event) => onChange({ host: event.currentTarget.value })}
        onBlur={() => (onChange(splitPort(address)), onLeave('host'))}
        error={faultOf('host')}
      />
      {number('port', true)}
      {number('db', false, t(dbNotes[side ?? 'saved']))}
    </div>
  );
}

/** `host:port` in the field of the host fills both. */
function splitPort({ host }: Address): Partial<Address> {
  const match = /^(\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(host.trim());
  return match?.[1] && match[2] ? { host: match[1], port: Number(match[2]) } : {};
}
