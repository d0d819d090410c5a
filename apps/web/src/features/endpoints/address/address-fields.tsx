import { parseEndpointUrl } from '@cacheferry/contract';
import { Checkbox, NativeSelect } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { kindKeys } from '../kinds.ts';
import { type AddressKind, fieldKinds, ofKind } from './address.ts';
import type { AddressForm } from './address-form.ts';
import { ApplicationFields } from './application-fields.tsx';
import { FileFields } from './file-fields.tsx';
import { HostsFields } from './hosts-fields.tsx';
import { LoginFields } from './login-fields.tsx';
import { PoolFields } from './pool-fields.tsx';
import { ServerFields } from './server-fields.tsx';
import { TlsFields } from './tls-fields.tsx';

/** The kind of an end and the fields that this kind has. */
export function AddressFields(form: AddressForm) {
  return (
    <>
      <KindPicker {...form} />
      <Fields {...form} />
    </>
  );
}

function Fields(form: AddressForm) {
  const { kind, url } = form.address;
  if (kind === 'rdb' || kind === 'aof') return <FileFields {...form} />;
  if (kind === 'twemproxy') return <PoolFields {...form} />;
  if (kind === 'cachecloud')
    return (
      <>
        <ApplicationFields {...form} />
        <LoginFields {...form} />
      </>
    );
  if (kind === 'other')
    return (
      <>
        <code className="break">{url}</code>
        <LoginFields {...form} />
      </>
    );
  return (
    <>
      {kind === 'standalone' ? <ServerFields {...form} /> : <HostsFields {...form} />}
      <LoginFields {...form} />
      {kind !== 'sentinel' && <TlsFields {...form} />}
      {(form.side !== 'target' || form.address.scan) && <ScanSwitch {...form} />}
    </>
  );
}

function KindPicker({ address, side, onChange }: AddressForm) {
  const { t } = useTranslation();
  const kinds = fieldKinds.filter((kind) => side !== 'target' || kind !== 'aof' || address.kind === 'aof');
  const other = address.kind === 'other' ? [{ value: 'other', label: otherLabel(address.url, t) }] : [];
  return (
    <NativeSelect
      name="kind"
      label={t('endpoint.column.kind')}
      value={address.kind}
      onChange={(event) => onChange(ofKind(address, event.currentTarget.value as AddressKind))}
      data={[...kinds.map((kind) => ({ value: kind as string, label: t(kindKeys[kind]) })), ...other]}
    />
  );
}

function otherLabel(url: string, t: (key: (typeof kindKeys)[keyof typeof kindKeys]) => string): string {
  const { kind } = parseEndpointUrl(url);
  return t(kindKeys[kind]);
}

function ScanSwitch({ address, onChange }: AddressForm) {
  const { t } = useTranslation();
  return (
    <Checkbox
      label={t('wizard.field.scan')}
      description={t('wizard.note.scan')}
      checked={address.scan}
      onChange={(event) => onChange({ scan: event.currentTarget.checked })}
    />
  );
}
