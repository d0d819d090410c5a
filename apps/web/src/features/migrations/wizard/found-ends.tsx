import type { PreflightReport } from '@cacheferry/contract';
import { Checkbox } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { hasSeveral, MemberTable } from '../../endpoints/member-table.tsx';
import { changeDraft, useDraft } from './draft-store.ts';
import { serversKey } from './preflight-state.ts';

/** The servers that were found behind addresses with several, to be confirmed once for both ends. */
export function FoundEnds({ report }: { report: PreflightReport | null | undefined }) {
  const { t } = useTranslation();
  const { draft } = useDraft();
  const sides = (['source', 'target'] as const).flatMap((side) => {
    const facts = report?.[side];
    return hasSeveral(facts) ? [{ side, members: facts.members }] : [];
  });
  if (sides.length === 0) return null;
  const others = draft.acknowledged.filter((one) => one !== serversKey);
  return (
    <div className="stack">
      {sides.map(({ side, members }) => (
        <div key={side} className="stack-tight">
          <h3>{t(`member.of.${side}`)}</h3>
          <MemberTable members={members} label={t(`member.of.${side}`)} />
        </div>
      ))}
      <Checkbox
        label={t('member.confirm')}
        checked={draft.acknowledged.includes(serversKey)}
        onChange={(event) =>
          changeDraft({ acknowledged: event.currentTarget.checked ? [...others, serversKey] : others })
        }
      />
    </div>
  );
}
