import type { EndpointFacts, EndpointTest } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '../../i18n/use-format.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Fact, Facts } from '../../ui/facts.tsx';
import { ProblemView } from '../../ui/problem-view.tsx';
import { FileFacts } from './file-facts.tsx';
import { hasSeveral, MemberTable } from './member-table.tsx';
import { productName } from './product-name.ts';

/** What a machine found when it connected. */
export function TestResult({ result }: { result: EndpointTest }) {
  const { t } = useTranslation();
  const format = useFormat();
  const files = result.files.map((file) => <FileFacts key={file.file} file={file} />);
  if (!result.ok)
    return (
      <div className="stack-tight">
        {result.problem ? <ProblemView problem={result.problem} /> : <p role="alert">{t('endpoint.testFailed')}</p>}
        {files}
      </div>
    );
  return (
    <div className="stack-tight" role="status">
      <div>
        <Badge tone="ok">{t(files.length > 0 ? 'file.whole' : 'endpoint.testOk')}</Badge>
      </div>
      {files}
      {result.facts && <Facts facts={factRows(result.facts, t, format)} />}
      {hasSeveral(result.facts) && <MemberTable members={result.facts.members} label={t('endpoint.fact.nodes')} />}
    </div>
  );
}

const roles = ['primary', 'replica'] as const;

function roleText(role: string, t: TFunction): string {
  const known = roles.find((name) => name === role);
  return known ? t(`member.${known}`) : role;
}

function factRows(facts: EndpointFacts, t: TFunction, format: Format): (Fact | false)[] {
  const product = productName(facts.product, facts.version) || t('quantity.unknown');
  const databases = Object.entries(facts.databases).map(([db, keys]) => `db ${db}: ${format.count(keys)}`);
  const { usedMemoryBytes: used, maxMemoryBytes: max } = facts;
  return [
    [t('endpoint.fact.product'), product],
    facts.role !== null && facts.members.length < 2 && [t('endpoint.fact.role'), roleText(facts.role, t)],
    [t('endpoint.fact.keys'), facts.keys === null ? t('quantity.unknown') : format.count(facts.keys)],
    databases.length > 1 && [t('endpoint.fact.databases'), databases.join(' · ')],
    used !== null && [
      t('endpoint.fact.memory'),
      max ? t('endpoint.fact.memoryOf', { used: format.bytes(used), max: format.bytes(max) }) : format.bytes(used),
    ],
  ];
}
