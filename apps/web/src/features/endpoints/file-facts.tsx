import type { FileInspection } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../i18n/use-format.ts';
import { type Fact, Facts } from '../../ui/facts.tsx';
import { KeyText } from '../../ui/key-text.tsx';
import { productName } from './product-name.ts';

/** What a file was found to hold. */
export function FileFacts({ file }: { file: FileInspection }) {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <section className="stack-tight" aria-label={file.file}>
      <code className="break">{file.file}</code>
      {!file.isWhole && <p>{t('file.notWhole', { bytes: format.bytes(file.bytesRead) })}</p>}
      {file.isWhole && !file.isVerified && file.problem === null && <p>{t('file.notVerified')}</p>}
      {file.bytesRead > 0 && <Facts facts={rowsOf(file, t, format)} />}
    </section>
  );
}

function rowsOf(file: FileInspection, t: TFunction, format: Format): (Fact | false)[] {
  const { rdbVersion, product, serverVersion, createdAt, keys, expiring, expired, commands } = file;
  const server = productName(product, serverVersion);
  const perDatabase = Object.entries(file.databases).map(([db, types]): Fact => {
    const counts = Object.entries(types).map(([type, count]) => `${type} ${format.count(count)}`);
    return [`db ${db}`, counts.join(' · ')];
  });
  return [
    server !== '' && [t('endpoint.fact.product'), server],
    rdbVersion !== null && [t('file.version'), String(rdbVersion)],
    createdAt !== null && [t('file.created'), format.time(createdAt)],
    [t('endpoint.fact.keys'), format.count(keys)],
    ...perDatabase,
    expiring > 0 && [
      t('file.expiring'),
      t('file.expiringOf', { expiring: format.count(expiring), expired: format.count(expired) }),
    ],
    file.functionLibraries > 0 && [t('file.functions'), format.count(file.functionLibraries)],
    commands > 0 && [t('file.commands'), format.count(commands)],
    file.largest.length > 0 && [t('file.largest'), <Largest key="largest" file={file} />],
  ];
}

function Largest({ file }: { file: FileInspection }) {
  const format = useFormat();
  return (
    <ul className="stack-tight">
      {file.largest.slice(0, 10).map(({ db, key, type, bytes }) => (
        <li key={`${db} ${key}`}>
          <KeyText base64={key} /> <span className="muted">{`db ${db} · ${type} · ${format.bytes(bytes)}`}</span>
        </li>
      ))}
    </ul>
  );
}
