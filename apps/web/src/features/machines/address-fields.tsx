import { NumberInput, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from '../migrations/fields.module.css';
import { type MachineFields, splitAddress } from './machine-fields.ts';

export type TextName = 'name' | 'host' | 'username' | 'labels' | 'workDir';
export type MachineFieldsProps = {
  fields: MachineFields;
  onChange: (patch: Partial<MachineFields>) => void;
  onTouch: (field: string) => void;
  faultOf: (field: keyof MachineFields) => string | undefined;
};

/** Name, host, port and user. */
export function AddressFields(props: MachineFieldsProps & { isLocal?: boolean }) {
  const { fields, onChange, onTouch, faultOf, isLocal } = props;
  const { t } = useTranslation();
  return (
    <div className={styles.pair}>
      <TextField name="name" isRequired {...props} />
      {!isLocal && (
        <>
          <TextField name="host" isRequired {...props} />
          <NumberInput
            name="port"
            label={t('machine.field.port')}
            description={t('machine.note.port')}
            required
            hideControls
            value={fields.port}
            onChange={(value) => onChange({ port: value === '' ? '' : Number(value) })}
            onBlur={() => onTouch('port')}
            error={faultOf('port')}
          />
          <TextField name="username" isRequired {...props} />
        </>
      )}
    </div>
  );
}

/** Labels, work directory and slots. */
export function RoomFields(props: MachineFieldsProps & { hasWorkDir: boolean }) {
  const { fields, onChange, hasWorkDir } = props;
  const { t } = useTranslation();
  return (
    <div className={styles.pair}>
      <TextField name="labels" {...props} />
      {hasWorkDir && <TextField name="workDir" {...props} />}
      <NumberInput
        name="slots"
        label={t('machine.field.slots')}
        description={t('machine.note.slots')}
        min={0}
        max={1000}
        allowDecimal={false}
        value={fields.slots}
        onChange={(value) => onChange({ slots: value === '' ? '' : Number(value) })}
      />
    </div>
  );
}

function TextField(props: MachineFieldsProps & { name: TextName; isRequired?: boolean }) {
  const { name, isRequired = false, fields, onChange, onTouch, faultOf } = props;
  const { t } = useTranslation();
  const leave = () => {
    if (name === 'host') onChange(splitAddress(fields.host));
    onTouch(name);
  };
  return (
    <TextInput
      name={name}
      label={t(`machine.field.${name}`)}
      description={t(`machine.note.${name}`)}
      required={isRequired}
      autoComplete="off"
      spellCheck={false}
      value={fields[name]}
      onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      onBlur={leave}
      error={faultOf(name)}
    />
  );
}
