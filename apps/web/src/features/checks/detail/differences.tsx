import type { StoredConflict } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { bytesOf } from '../../../ui/bytes-of.ts';
import styles from './conflicts.module.css';
import { type ValueForm, valueText } from './value-text.ts';

/** The fields, members or entries that differ, both sides in one line. */
export function Differences({ conflict, form }: { conflict: StoredConflict; form: ValueForm }) {
  const { t } = useTranslation();
  const { differences, truncated } = conflict.detail;
  if (!differences?.length) return null;
  return (
    <div tabIndex={0} role="region" aria-label={t('conflict.differences')} style={{ overflowX: 'auto' }}>
      <table className={styles.differences}>
        <thead>
          <tr>
            <th scope="col">{t('conflict.at')}</th>
            <th scope="col">{t('conflict.column.source')}</th>
            <th scope="col">{t('conflict.column.target')}</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference, index) => (
            <tr key={`${index} ${difference.at}`}>
              <td className="mono break">{valueText(bytesOf(difference.at), form)}</td>
              <SideCell base64={difference.source} form={form} />
              <SideCell base64={difference.target} form={form} />
            </tr>
          ))}
        </tbody>
      </table>
      {truncated && <p className="muted">{t('conflict.truncated')}</p>}
    </div>
  );
}

function SideCell({ base64, form }: { base64: string | null; form: ValueForm }) {
  const { t } = useTranslation();
  if (base64 === null) return <td className="muted">{t('conflict.absent')}</td>;
  return <td className="mono break">{valueText(bytesOf(base64), form)}</td>;
}
