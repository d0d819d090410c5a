import { type Migration, parseEndpointUrl } from '@cacheferry/contract';
import { IconDownload } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { apiRoot } from '../../../app/http/request.ts';
import { Panel } from '../../../ui/panel.tsx';
import { useRoleReason } from '../../session/use-me.ts';

/** The RDB files that a completed migration has written, to be downloaded. */
export function TargetFiles({ migration }: { migration: Migration }) {
  const { t } = useTranslation();
  const reason = useRoleReason('operator');
  if (migration.state !== 'completed' || migration.target.kind !== 'rdb') return null;
  const endpoint = parseEndpointUrl(migration.target.url);
  const paths = endpoint.kind === 'rdb' ? endpoint.paths : [];
  return (
    <Panel title={t('files.title')}>
      {reason && <p className="muted">{reason}</p>}
      <ul className="stack-tight">
        {paths.map((path, index) => (
          <li key={path} className="spread">
            <code className="break">{path}</code>
            {!reason && (
              <a className="row" href={`${apiRoot}/migrations/${migration.id}/files/${index}`} download>
                <IconDownload size={15} aria-hidden />
                {t('files.download')}
                <span className="visually-hidden">{path}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
