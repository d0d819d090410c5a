import { NumberInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import styles from './fields.module.css';
import { mib } from '../../ui/format.ts';

export type Rates = { rateKeys: number; rateBytes: number };

/** The two speed limits; empty or 0 means none. */
export function RateFields({ rates, onChange }: { rates: Rates; onChange: (rates: Rates) => void }) {
  const { t } = useTranslation();
  const number = (value: string | number) => (value === '' ? 0 : Math.max(0, Number(value)));
  return (
    <div className={styles.pair}>
      <NumberInput
        label={t('option.rateKeys')}
        description={t('option.noLimit')}
        min={0}
        max={1_000_000_000}
        allowDecimal={false}
        thousandSeparator=","
        suffix={` ${t('option.keysPerSecond')}`}
        value={rates.rateKeys}
        onChange={(value) => onChange({ ...rates, rateKeys: Math.round(number(value)) })}
      />
      <NumberInput
        label={t('option.rateBytes')}
        description={t('option.noLimit')}
        min={0}
        max={100_000}
        decimalScale={2}
        thousandSeparator=","
        suffix=" MiB/s"
        value={Math.round((rates.rateBytes / mib) * 100) / 100}
        onChange={(value) => onChange({ ...rates, rateBytes: Math.round(number(value) * mib) })}
      />
    </div>
  );
}
