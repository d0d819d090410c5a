import { TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from '../fields.module.css';
import type { EndDraft } from './draft.ts';
import type { EndField } from './draft-faults.ts';

type TlsFieldsProps = {
  end: EndDraft;
  onChange: (patch: Partial<EndDraft>) => void;
  faultOf: (field: EndField) => string | undefined;
};

/** Files of TLS as they lie on the machine that runs the migration. */
export function TlsFields({ end, onChange, faultOf }: TlsFieldsProps) {
  const { t } = useTranslation();
  return (
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
          value={end[field]}
          onChange={(event) => onChange({ [field]: event.currentTarget.value })}
          error={field === 'ca' ? undefined : faultOf(field)}
        />
      ))}
    </div>
  );
}
