import { parseEndpointUrl } from '@cacheferry/contract';
import { Button, Checkbox, NumberInput, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useVisibilityLabel } from '../../session/use-visibility-label.ts';
import { isKnownKind, kindKeys } from '../../endpoints/kinds.ts';
import styles from '../fields.module.css';
import { type EndDraft, emptyEnd, type Side } from './draft.ts';
import { type EndField, endFaults } from './draft-faults.ts';
import { setSecret, useDraft } from './draft-store.ts';
import { TlsFields } from './tls-fields.tsx';

type AddressFieldsProps = {
  side: Side;
  end: EndDraft;
  onChange: (patch: Partial<EndDraft>) => void;
  isChecked: boolean;
};

/** Host, login and TLS of a single server; or, for another kind, its URL as it was pasted. */
export function AddressFields({ side, end, onChange, isChecked }: AddressFieldsProps) {
  const { t } = useTranslation();
  const { secrets } = useDraft();
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const leave = (field: EndField) => setLeft((before) => new Set([...before, field]));
  const faults = endFaults(end, secrets[side]);
  const faultOf = (field: EndField) => {
    const fault = faults.find((one) => one.field === field);
    return fault && (isChecked || left.has(field) || fault.reason === 'again')
      ? t(`wizard.fault.${fault.reason}`)
      : undefined;
  };
  const number = (field: 'port' | 'db', isWide: boolean) => (
    <NumberInput
      name={field}
      label={t(`wizard.field.${field}`)}
      required={isWide}
      hideControls
      value={end[field]}
      onChange={(value) => onChange({ [field]: value === '' ? '' : Number(value) })}
      onBlur={() => leave(field)}
      error={faultOf(field)}
    />
  );
  if (end.url !== null)
    return (
      <>
        <OtherKind url={end.url} onClear={() => onChange(emptyEnd)} />
        <Login side={side} end={end} onChange={onChange} fault={faultOf('password')} isOther />
      </>
    );
  return (
    <>
      <div className={styles.pair}>
        <TextInput
          name="host"
          label={t('wizard.field.host')}
          required
          autoComplete="off"
          spellCheck={false}
          value={end.host}
          onChange={(event) => onChange({ host: event.currentTarget.value })}
          onBlur={() => (onChange(splitPort(end)), leave('host'))}
          error={faultOf('host')}
        />
        {number('port', true)}
        {number('db', false)}
      </div>
      <Login side={side} end={end} onChange={onChange} fault={faultOf('password')} />
      <Checkbox
        label={t('wizard.field.tls')}
        description={t('wizard.note.tls')}
        checked={end.isTls}
        onChange={(event) => onChange({ isTls: event.currentTarget.checked })}
      />
      {end.isTls && <TlsFields end={end} onChange={onChange} faultOf={faultOf} />}
    </>
  );
}

/** `host:port` in the field of the host fills both. */
function splitPort({ host }: EndDraft): Partial<EndDraft> {
  const match = /^(\[[^\]]+\]|[^:\s]+):(\d{1,5})$/.exec(host.trim());
  return match?.[1] && match[2] ? { host: match[1], port: Number(match[2]) } : {};
}

function OtherKind({ url, onClear }: { url: string; onClear: () => void }) {
  const { t } = useTranslation();
  const { kind } = parseEndpointUrl(url);
  return (
    <div className="spread">
      <p>
        {isKnownKind(kind) ? t(kindKeys[kind]) : kind}: <code className="break">{url}</code>
      </p>
      <Button size="compact-sm" variant="default" onClick={onClear}>
        {t('wizard.useFields')}
      </Button>
    </div>
  );
}

type LoginProps = Omit<AddressFieldsProps, 'isChecked'> & { fault: string | undefined; isOther?: boolean };

function Login({ side, end, onChange, fault, isOther }: LoginProps) {
  const { t } = useTranslation();
  const { secrets } = useDraft();
  const toggle = useVisibilityLabel();
  return (
    <div className={styles.pair}>
      {!isOther && (
        <TextInput
          name="user"
          label={t('wizard.field.user')}
          description={t('wizard.note.user')}
          autoComplete="off"
          spellCheck={false}
          value={end.user}
          onChange={(event) => onChange({ user: event.currentTarget.value })}
        />
      )}
      <PasswordInput
        name="password"
        label={t('session.password')}
        description={t('wizard.note.password')}
        autoComplete="off"
        value={secrets[side]}
        onChange={(event) => setSecret(side, event.currentTarget.value)}
        error={fault}
        {...toggle}
      />
    </div>
  );
}
