import type { EndpointFacts, EndpointMember } from '@cacheferry/contract';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { Badge } from '../../ui/badge.tsx';
import { type Column, DataTable } from '../../ui/data-table.tsx';

/** The servers that were found behind an address, each primary followed by its replicas. */
export function MemberTable({ members, label }: { members: EndpointMember[]; label: string }) {
  const { t } = useTranslation();
  const columns = useColumns(members.some(({ slots }) => slots !== null));
  return (
    <div className="stack-tight">
      <p className="muted">{countText(members, t)}</p>
      <DataTable label={label} columns={columns} data={inOrder(members)} rowKey={(member) => member.address} />
    </div>
  );
}

/** Whether more than the one server that was named stands behind it. */
export const hasSeveral = (facts: EndpointFacts | null | undefined): facts is EndpointFacts =>
  (facts?.members.length ?? 0) > 1;

function countText(members: readonly EndpointMember[], t: TFunction): string {
  const primaries = members.filter(({ role }) => role === 'primary').length;
  const replicas = members.length - primaries;
  return t('member.count', {
    primaries: t('member.primaries', { count: primaries }),
    replicas: t('member.replicas', { count: replicas }),
  });
}

function inOrder(members: readonly EndpointMember[]): EndpointMember[] {
  const group = ({ primary, address }: EndpointMember) => primary ?? address;
  return [...members].sort((a, b) => {
    const byGroup = group(a).localeCompare(group(b), undefined, { numeric: true });
    return byGroup || a.role.localeCompare(b.role) || a.address.localeCompare(b.address, undefined, { numeric: true });
  });
}

function useColumns(hasSlots: boolean): Column<EndpointMember>[] {
  const { t } = useTranslation();
  const format = useFormat();
  return useMemo(() => {
    const count = (value: number | null) => value !== null && <span className="num">{format.count(value)}</span>;
    const columns: (Column<EndpointMember> | false)[] = [
      {
        id: 'address',
        meta: { label: t('member.address') },
        cell: ({ row }) => <span className="mono break">{row.original.address}</span>,
      },
      {
        id: 'role',
        meta: { label: t('endpoint.fact.role') },
        cell: ({ row }) => <Role member={row.original} />,
      },
      hasSlots && {
        id: 'slots',
        meta: { label: t('member.slots'), align: 'end' },
        cell: ({ row }) => count(row.original.slots),
      },
      {
        id: 'keys',
        meta: { label: t('endpoint.fact.keys'), align: 'end' },
        cell: ({ row }) => count(row.original.keys),
      },
      {
        id: 'version',
        meta: { label: t('member.version') },
        cell: ({ row }) => row.original.version,
      },
    ];
    return columns.filter((column) => column !== false);
  }, [t, format, hasSlots]);
}

function Role({ member }: { member: EndpointMember }) {
  const { t } = useTranslation();
  if (member.isFailed) return <Badge tone="bad">{t('member.failed')}</Badge>;
  return <Badge tone={member.role === 'primary' ? 'accent' : 'idle'}>{t(`member.${member.role}`)}</Badge>;
}
