import type { PreflightReport } from '@cacheferry/contract';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../i18n/use-format.ts';
import { type Fact, Facts } from '../../../ui/facts.tsx';

/** The servers that the preflight found behind addresses with several. */
export function FoundEnds({ report }: { report: PreflightReport | null | undefined }) {
  const { t } = useTranslation();
  const format = useFormat();
  const rows = (['source', 'target'] as const).map((side): Fact | false => {
    const nodes = report?.[side]?.nodes ?? [];
    const shards = t('endpoint.fact.nodesFound', { count: nodes.length, amount: format.count(nodes.length) });
    return nodes.length > 1 && [t(`conflict.column.${side}`), `${shards}: ${nodes.join(' · ')}`];
  });
  return rows.some((row) => row !== false) && <Facts facts={rows} />;
}
