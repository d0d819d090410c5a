import { pathOfUpload, type Upload } from '@cacheferry/contract';
import { Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { UploadPanel } from '../../uploads/upload-panel.tsx';
import { type Address, linesOf } from './address.ts';
import type { AddressForm } from './address-form.ts';

/** Files of an end as they lie, or shall lie, on the machine that runs the migration. */
export function FileFields({ address, side, onChange, onLeave, faultOf }: AddressForm) {
  const { t } = useTranslation();
  const isAof = address.kind === 'aof';
  const note = isAof ? 'aofPath' : side === 'target' ? 'rdbTarget' : 'rdbPaths';
  const use = (upload: Upload) => onChange({ paths: withUpload(address, upload) });
  return (
    <>
      <Textarea
        name="paths"
        label={t(isAof ? 'wizard.field.aofPath' : 'wizard.field.rdbPaths')}
        description={t(`wizard.note.${note}`)}
        placeholder={isAof ? '/var/lib/redis/appendonlydir' : '/var/lib/redis/dump.rdb'}
        required
        rows={isAof ? 1 : 3}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={address.paths}
        onChange={(event) => onChange({ paths: event.currentTarget.value })}
        onBlur={() => onLeave('paths')}
        error={faultOf('paths')}
      />
      {side !== 'target' && <UploadPanel onUse={use} />}
    </>
  );
}

/** The files with an upload among them; of an AOF there is one. */
function withUpload({ kind, paths }: Address, upload: Upload): string {
  const path = pathOfUpload(upload);
  const lines = linesOf(paths);
  if (kind === 'aof') return path;
  return lines.includes(path) ? paths : [...lines, path].join('\n');
}
