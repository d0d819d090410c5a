import type { LogLevel } from '@cacheferry/contract';
import { Button, NativeSelect, Switch } from '@mantine/core';
import { IconArrowBarToDown, IconCheck, IconChevronDown, IconDownload } from '@tabler/icons-react';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { apiRoot, queryString } from '../../../app/http/request.ts';
import { Menu } from '../../../ui/menu.tsx';
import { SearchField } from '../../../ui/search-field.tsx';
import type { LogSearchValues } from './search-values.ts';

const levels = ['debug', 'info', 'warn', 'error'] as const;

type LogToolsProps = {
  base: string;
  search: LogSearchValues;
  onChange: (patch: LogSearchValues) => void;
  isFollowing: boolean;
  onFollow: (isFollowing: boolean) => void;
};

/** Level, search, wrapping, following and download. */
export function LogTools({ base, search, onChange, isFollowing, onFollow }: LogToolsProps) {
  const { t } = useTranslation();
  const onSearch = useCallback((q: string) => onChange({ q: q === '' ? undefined : q }), [onChange]);
  const Icon = isFollowing ? IconCheck : IconArrowBarToDown;
  return (
    <div className="row">
      <SearchField label={t('log.search')} value={search.q ?? ''} onChange={onSearch} isWide />
      <NativeSelect
        aria-label={t('log.level')}
        value={search.level ?? ''}
        onChange={(event) => onChange({ level: (event.currentTarget.value || undefined) as LogLevel | undefined })}
        data={[
          { value: '', label: t('log.levels.all') },
          ...levels.map((value) => ({ value, label: t(`log.levels.${value}`) })),
        ]}
      />
      <Switch
        label={t('log.wrap')}
        checked={search.wrap ?? false}
        onChange={(event) => onChange({ wrap: event.currentTarget.checked || undefined })}
      />
      <Button
        variant={isFollowing ? 'light' : 'default'}
        leftSection={<Icon size={14} aria-hidden />}
        aria-pressed={isFollowing}
        onClick={() => onFollow(!isFollowing)}
      >
        {t('log.follow')}
      </Button>
      <DownloadMenu base={base} search={search} />
    </div>
  );
}

function DownloadMenu({ base, search: { level, q } }: { base: string; search: LogSearchValues }) {
  const { t } = useTranslation();
  const save = (kind: 'log' | 'jsonl') => location.assign(`${apiRoot}${base}/logs.${kind}${queryString({ level, q })}`);
  return (
    <Menu
      label={t('log.download')}
      title={level || q ? t('log.downloadMatches') : t('log.downloadAll')}
      items={[
        { label: t('log.asText'), onSelect: () => save('log') },
        { label: t('log.asJson'), onSelect: () => save('jsonl') },
      ]}
      button={(props) => (
        <Button
          variant="default"
          leftSection={<IconDownload size={14} aria-hidden />}
          rightSection={<IconChevronDown size={13} aria-hidden />}
          {...props}
        >
          {t('log.download')}
        </Button>
      )}
    />
  );
}
