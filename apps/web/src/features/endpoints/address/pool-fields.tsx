import { NativeSelect, TextInput } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AddressForm } from './address-form.ts';
import { LoginFields } from './login-fields.tsx';
import { PoolFacts } from './pool-facts.tsx';
import { PoolFile } from './pool-file.tsx';
import { type PoolFileRead, poolsOf } from './read-pool-file.ts';

/** A pool of a twemproxy: its file, pasted, chosen or on the machine, and which of the pools in it. */
export function PoolFields(form: AddressForm) {
  const { t } = useTranslation();
  const { address, onChange, onSecret, onLeave, faultOf } = form;
  const pools = useMemo(() => poolsOf(address.poolFile), [address.poolFile]);
  const [passwords, setPasswords] = useState<PoolFileRead['passwords']>(new Map());
  const usable = [...pools].flatMap(([name, pool]) => (pool === 'memcached' ? [] : [name]));
  const chosen = pools.get(address.pool);
  const read = ({ file, pool, passwords: found }: PoolFileRead, path: string) => {
    setPasswords(found);
    onChange({ paths: path, pool, poolFile: file });
    onSecret('password', found.get(pool) ?? '');
  };
  const choose = (pool: string) => {
    onChange({ pool });
    onSecret('password', passwords.get(pool) ?? '');
  };
  return (
    <>
      <PoolFile onRead={read} />
      <TextInput
        name="paths"
        label={t('pool.path')}
        description={t('pool.pathNote')}
        placeholder="/etc/nutcracker/nutcracker.yml"
        required
        autoComplete="off"
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={address.paths}
        onChange={(event) => onChange({ paths: event.currentTarget.value, poolFile: '' })}
        onBlur={() => onLeave('paths')}
        error={faultOf('paths')}
      />
      {usable.length > 0 ? (
        <NativeSelect
          name="pool"
          label={t('pool.pool')}
          value={address.pool}
          data={usable}
          onChange={(event) => choose(event.currentTarget.value)}
        />
      ) : (
        <TextInput
          name="pool"
          label={t('pool.pool')}
          description={t('pool.poolNote')}
          autoComplete="off"
          spellCheck={false}
          value={address.pool}
          onChange={(event) => onChange({ pool: event.currentTarget.value })}
        />
      )}
      {chosen !== undefined && chosen !== 'memcached' && <PoolFacts pool={chosen} />}
      <LoginFields {...form} />
    </>
  );
}
