import type { Preflight } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { Facts } from '../../../ui/facts.tsx';
import { useMachineNames } from '../../machines/use-machine-names.ts';
import { type Draft, isOfFiles, modeOf, type Side } from './draft.ts';
import { machinesOf } from './draft-input.ts';
import type { EndName } from './use-end-names.ts';

type SummaryProps = { draft: Draft; names: Record<Side, EndName>; preflight: Preflight | undefined };

/** What will happen, in one sentence and a few facts. */
export function Summary({ draft, names, preflight }: SummaryProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const machines = useMachineNames(machinesOf(draft));
  const found = preflight?.report?.source;
  const keys = found?.keys ?? null;
  const bytes = found?.usedMemoryBytes ?? null;
  const amount =
    keys === null
      ? t('review.allKeys')
      : bytes === null
        ? t('review.aboutKeys', { keys: format.count(keys) })
        : t('review.about', { keys: format.count(keys), bytes: format.bytes(bytes) });
  const limits = [
    draft.rateKeys > 0 && format.rate(draft.rateKeys),
    draft.rateBytes > 0 && format.byteRate(draft.rateBytes),
  ].filter(Boolean);
  return (
    <>
      <p>
        {t(`review.sentence.${isOfFiles(draft.source) ? 'file' : modeOf(draft)}`, {
          amount,
          source: names.source.label,
          target: names.target.label,
        })}{' '}
        {t(`review.conflict.${draft.onConflict}`)}
      </p>
      <Facts
        facts={[
          [
            t('conflict.column.source'),
            <code key="s" className="break">
              {names.source.url}
            </code>,
          ],
          [
            t('conflict.column.target'),
            <code key="t" className="break">
              {names.target.url}
            </code>,
          ],
          [t('machine.title'), machines.join(', ')],
          [t('option.speedTitle'), limits.length > 0 ? limits.join(' · ') : t('review.noLimit')],
        ]}
      />
    </>
  );
}
