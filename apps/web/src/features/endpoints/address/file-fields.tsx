import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { AddressForm } from './address-form.ts';

/** Files of an end as they lie, or shall lie, on the machine that runs the migration. */
export function FileFields({ address, side, onChange, onLeave, faultOf }: AddressForm) {
  const { t } = useTranslation();
  const isAof = address.kind === 'aof';
  const note = isAof ? 'aofPath' : side === 'target' ? 'rdbTarget' : 'rdbPaths';
  return (
    <Textarea
      name="paths"
      label={t(isAof ? 'wizard.field.aofPath' : 'wizard.field.rdbPaths')}
      description={t(`wizard.note.${note}`)}
      placeholder={isAof ? '/var/lib/redis/appendonlydir' : '/var/lib/redis/dump.rdb'}
      required
      rows={isAof ? 1 : 3}
      spellCheck={false}
      classNames={{ input: 'mono' }}
      value={address.paths}
      onChange={(event) => onChange({ paths: event.currentTarget.value })}
      onBlur={() => onLeave('paths')}
      error={faultOf('paths')}
    />
  );
}
