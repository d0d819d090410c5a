import { Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AddressForm } from './address-form.ts';

/** The addresses of sentinels and the name of their master, or those of nodes of a cluster: the rest is found out. */
export function HostsFields({ address, onChange, onLeave, faultOf }: AddressForm) {
  const { t } = useTranslation();
  const of = address.kind === 'sentinel' ? 'sentinels' : 'nodes';
  return (
    <>
      <Textarea
        name="hosts"
        label={t(`wizard.field.${of}`)}
        description={t(`wizard.note.${of}`)}
        placeholder={address.kind === 'sentinel' ? '10.0.0.5:26379' : '10.0.0.5:6379'}
        required
        rows={3}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={address.hosts}
        onChange={(event) => onChange({ hosts: event.currentTarget.value })}
        onBlur={() => onLeave('hosts')}
        error={faultOf('hosts')}
      />
      {address.kind === 'sentinel' && (
        <TextInput
          name="masterName"
          label={t('wizard.field.masterName')}
          description={t('wizard.note.masterName')}
          placeholder="mymaster"
          required
          autoComplete="off"
          spellCheck={false}
          value={address.masterName}
          onChange={(event) => onChange({ masterName: event.currentTarget.value })}
          onBlur={() => onLeave('masterName')}
          error={faultOf('masterName')}
        />
      )}
    </>
  );
}
