import type { Preflight } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../../i18n/use-format.ts';
import { type Fact, Facts } from '../../../ui/facts.tsx';
import { useMachineNames } from '../../machines/use-machine-names.ts';
import { linesOf } from '../../endpoints/address/address.ts';
import { type Draft, isOfFiles, modeOf, type Side } from './draft.ts';
import { machinesOf } from './draft-input.ts';
import type { EndName } from './use-end-names.ts';

type SummaryProps = { draft: Draft; names: Record<Side, EndName>; preflight: Preflight | undefined };

/** What will happen, in one sentence and a few facts. */
export function Summary({ draft, names, preflight }: SummaryProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const machines = useMachineNames(machinesOf(draft));
  const limits = [
    draft.rateKeys > 0 && format.rate(draft.rateKeys),
    draft.rateBytes > 0 && format.byteRate(draft.rateBytes),
  ].filter(Boolean);
  return (
    <>
      <p>
        {t(`review.sentence.${isOfFiles(draft.source) ? 'file' : modeOf(draft)}`, {
          amount: amountOf(draft, preflight, t, format),
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
          ...ruleFields
            .filter((field) => draft[field].trim() !== '')
            .map((field): Fact => [t(`option.${field}`), <code key={field}>{linesOf(draft[field]).join('  ')}</code>]),
          [t('machine.title'), machines.join(', ')],
          [t('option.speedTitle'), limits.length > 0 ? limits.join(' · ') : t('review.noLimit')],
        ]}
      />
    </>
  );
}

const ruleFields = ['filter', 'exclude', 'keyPrefix', 'dbMap'] as const;

function amountOf(draft: Draft, preflight: Preflight | undefined, t: TFunction, format: Format): string {
  const { keys = null, usedMemoryBytes: bytes = null } = preflight?.report?.source ?? {};
  const all = allOf(keys, bytes, t, format);
  const { source, filter, exclude } = draft;
  const isOneDb = source.how === 'address' && source.kind === 'standalone' && Number(source.db) > 0;
  return isOneDb || filter.trim() !== '' || exclude.trim() !== '' ? t('review.chosen', { amount: all }) : all;
}

function allOf(keys: number | null, bytes: number | null, t: TFunction, format: Format): string {
  if (keys === null) return t('review.allKeys');
  const said = t('quantity.keys', { count: keys, number: format.count(keys) });
  if (bytes === null) return t('review.aboutKeys', { keys: said });
  return t('review.about', { keys: said, bytes: format.bytes(bytes) });
}
