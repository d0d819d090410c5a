import type { Check } from '@cacheferry/contract';
import { NumberInput, TextInput } from '@mantine/core';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { conflictClasses } from '../../../app/search-schema.ts';
import { Chips } from '../../../ui/chips.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import { classLabel } from './class-label.ts';
import styles from './conflicts.module.css';
import type { ConflictSearchValues } from './search-values.ts';

type ConflictFiltersProps = {
  check: Check;
  search: ConflictSearchValues;
  onChange: (patch: Partial<ConflictSearchValues>) => void;
};

/** By class with its count, by key, database and type. */
export function ConflictFilters({ check, search, onChange }: ConflictFiltersProps) {
  const { t } = useTranslation();
  const onSearch = useCallback((q: string) => onChange({ q: q === '' ? undefined : q }), [onChange]);
  const chips = [
    { value: 'all' as const, label: t('migrations.filter.all') },
    ...conflictClasses
      .filter((name) => (check.conflicts[name] ?? 0) > 0 || search.class === name)
      .map((value) => ({ value, label: classLabel(value, t), count: check.conflicts[value] ?? 0 })),
  ];
  return (
    <div className={styles.filters}>
      <Chips
        label={t('conflict.column.class')}
        chips={chips}
        value={search.class ?? 'all'}
        onChange={(value) => onChange({ class: value === 'all' ? undefined : value })}
      />
      <div className="row">
        <SearchField label={t('conflict.search')} value={search.q ?? ''} onChange={onSearch} />
        <NumberInput
          aria-label={t('conflict.column.db')}
          placeholder={t('conflict.column.db')}
          min={0}
          hideControls
          style={{ width: 110 }}
          value={search.db ?? ''}
          onChange={(value) => onChange({ db: value === '' ? undefined : Number(value) })}
        />
        <TextInput
          aria-label={t('conflict.column.type')}
          placeholder={t('conflict.column.type')}
          style={{ width: 110 }}
          value={search.type ?? ''}
          onChange={(event) => onChange({ type: event.currentTarget.value || undefined })}
        />
      </div>
    </div>
  );
}
