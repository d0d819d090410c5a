import type { Check } from '@cacheferry/contract';
import { Button } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type ConflictParams, exportHref } from '../api.ts';

/** All conflicts under the filter as a file. */
export function ExportLinks({ check, filter }: { check: Check; filter: ConflictParams }) {
  const { t } = useTranslation();
  return (
    <div className="row">
      {(['csv', 'jsonl'] as const).map((kind) => (
        <Button
          key={kind}
          component="a"
          href={exportHref(check.id, kind, filter)}
          download
          size="compact-sm"
          variant="subtle"
          leftSection={<IconDownload size={14} aria-hidden />}
        >
          {t(`conflict.export.${kind}`)}
        </Button>
      ))}
    </div>
  );
}
