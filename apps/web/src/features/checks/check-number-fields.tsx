import { NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { CheckForm } from './check-form.ts';

type NumberName = Exclude<keyof CheckForm, 'mode'>;
type CheckNumberFieldsProps = { form: CheckForm; onChange: (patch: Partial<CheckForm>) => void };

/** Sample, rounds, times and speed of a check. */
export function CheckNumberFields({ form, onChange }: CheckNumberFieldsProps) {
  const { t } = useTranslation();
  const seconds = ` ${t('check.option.seconds')}`;
  const grouped = { allowDecimal: false, thousandSeparator: ',' };
  const fields: { name: NumberName; label: string; rest: object }[] = [
    { name: 'sample', label: t('check.option.sample'), rest: { ...grouped, min: 1, max: 9_999_999_999 } },
    {
      name: 'rounds',
      label: t('check.option.rounds'),
      rest: { min: 1, max: 20, description: t('check.option.roundsNote') },
    },
    {
      name: 'intervalSeconds',
      label: t('check.option.interval'),
      rest: { min: 0, max: 3600, suffix: seconds, description: t('check.option.intervalNote') },
    },
    {
      name: 'ttlSeconds',
      label: t('check.option.ttl'),
      rest: { min: 0, max: 86_400, decimalScale: 3, suffix: seconds, description: t('check.option.ttlNote') },
    },
    {
      name: 'rateKeys',
      label: t('option.rateKeys'),
      rest: { ...grouped, min: 0, max: 1_000_000_000, description: t('option.noLimit') },
    },
  ];
  return fields
    .filter(({ name }) => name !== 'sample' || form.mode === 'sample')
    .map(({ name, label, rest }) => (
      <NumberInput
        key={name}
        label={label}
        clampBehavior="strict"
        value={form[name]}
        onChange={(value) => onChange({ [name]: Number(value) })}
        {...rest}
      />
    ));
}
