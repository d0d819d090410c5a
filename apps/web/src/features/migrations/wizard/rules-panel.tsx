import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Panel } from '../../../ui/panel.tsx';
import styles from '../fields.module.css';
import { type OptionField, optionFaults } from './draft-faults.ts';
import { changeDraft, useDraft } from './draft-store.ts';
import { RulesPreview } from './rules-preview.tsx';

const fields = [
  ['filter', 'user:*'],
  ['exclude', 'tmp:*'],
  ['keyPrefix', 'old:new'],
  ['dbMap', '0:5'],
] as const;

/** What is copied, and under which name, with what that makes of the keys that are there. */
export function RulesPanel() {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const faults = optionFaults(draft);
  const faultOf = (field: OptionField) => {
    const fault = faults.find((one) => one.field === field);
    return fault && t('option.wrongLine', { line: fault.line });
  };
  return (
    <Panel title={t('rules.title')}>
      <div className="stack">
        <p className="muted">{t('rules.lead')}</p>
        <div className={styles.pair}>
          {fields.map(([field, placeholder]) => (
            <Textarea
              key={field}
              name={field}
              label={t(`option.${field}`)}
              description={t(`option.note.${field}`)}
              placeholder={placeholder}
              autosize
              minRows={2}
              maxRows={8}
              spellCheck={false}
              classNames={{ input: 'mono' }}
              value={draft[field]}
              onChange={(event) => changeDraft({ [field]: event.currentTarget.value })}
              error={faultOf(field)}
            />
          ))}
        </div>
        <RulesPreview />
      </div>
    </Panel>
  );
}
