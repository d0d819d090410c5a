import type { LostClass, Snapshot } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { titleOfCode, useCodeTexts } from '../../../i18n/problem-text.ts';
import { useFormat } from '../../../i18n/use-format.ts';
import { Facts } from '../../../ui/facts.tsx';
import { Panel } from '../../../ui/panel.tsx';
import { LostList } from './lost-list.tsx';

/** What did not arrive, was left alone or went wrong, by its kind. Nothing stands here when there is nothing. */
export function Losses({ id, snapshot }: { id: string; snapshot: Snapshot }) {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const translated = useCodeTexts();
  const lost = Object.entries(snapshot.lost).filter(([, count]) => count > 0);
  const errors = Object.entries(snapshot.errors).filter(([, count]) => count > 0);
  if (lost.length + errors.length + snapshot.keysSkipped === 0) return null;
  const lostLabel = (name: string) => (i18n.exists(`lost.${name}`) ? t(`lost.${name}` as 'lost.type') : name);
  const errorLabel = (code: string) => {
    const title = titleOfCode(code, translated);
    return title === undefined ? code : `${title} (${code})`;
  };
  return (
    <Panel title={t('losses.title')}>
      <Facts
        facts={[
          snapshot.keysSkipped > 0 && [t('losses.skipped'), format.count(snapshot.keysSkipped)],
          ...errors.map(([code, count]): [string, string] => [errorLabel(code), t('losses.times', { count })]),
        ]}
      />
      {lost.map(([name, count]) => (
        <LostList key={name} migrationId={id} name={name as LostClass} label={lostLabel(name)} count={count} />
      ))}
    </Panel>
  );
}
