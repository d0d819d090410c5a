import type { BothSecrets, EndRecord } from '@cacheferry/domain';
import type { EndpointSecrets } from '@cacheferry/contract';
import { fromJson } from '../json.ts';
import type { Sealer } from '../seal.ts';

/** Secrets of an endpoint as one sealed text; null for none. */
export function sealSecrets(
  sealer: Sealer,
  secrets: EndpointSecrets,
  place: { table: string; column: string; id: string },
): string | null {
  return Object.keys(secrets).length === 0 ? null : sealer.seal(JSON.stringify(secrets), place);
}

/** The secrets behind a sealed text. */
export function openSecrets(
  sealer: Sealer,
  sealed: string | null,
  place: { table: string; column: string; id: string },
): EndpointSecrets {
  return sealed === null ? {} : fromJson<EndpointSecrets>(JSON.parse(sealer.open(sealed, place)));
}

type SealedBoth = { sealedSourceSecrets: string | null; sealedTargetSecrets: string | null };

/** Seals the secrets of both ends of a row. */
export function sealBoth(sealer: Sealer, secrets: BothSecrets, table: string, id: string): SealedBoth {
  return {
    sealedSourceSecrets: sealSecrets(sealer, secrets.source, { table, column: 'sealed_source_secrets', id }),
    sealedTargetSecrets: sealSecrets(sealer, secrets.target, { table, column: 'sealed_target_secrets', id }),
  };
}

/** Opens the secrets of both ends of a row. */
export function openBoth(sealer: Sealer, row: SealedBoth | null, table: string, id: string): BothSecrets {
  const { sealedSourceSecrets = null, sealedTargetSecrets = null } = row ?? {};
  return {
    source: openSecrets(sealer, sealedSourceSecrets, { table, column: 'sealed_source_secrets', id }),
    target: openSecrets(sealer, sealedTargetSecrets, { table, column: 'sealed_target_secrets', id }),
  };
}

export type EndColumns = {
  sourceUrl: string;
  sourceKind: string;
  sourceEndpointId: string | null;
  sourceEndpointName: string | null;
  sourceHasPassword: boolean;
  targetUrl: string;
  targetKind: string;
  targetEndpointId: string | null;
  targetEndpointName: string | null;
  targetHasPassword: boolean;
};

/** Both ends as columns. */
export function endColumns({ source, target }: { source: EndRecord; target: EndRecord }): EndColumns {
  return {
    sourceUrl: source.url,
    sourceKind: source.kind,
    sourceEndpointId: source.endpointId,
    sourceEndpointName: source.name,
    sourceHasPassword: source.hasPassword,
    targetUrl: target.url,
    targetKind: target.kind,
    targetEndpointId: target.endpointId,
    targetEndpointName: target.name,
    targetHasPassword: target.hasPassword,
  };
}

/** Both ends out of their columns. */
export function endsOf(row: EndColumns): { source: EndRecord; target: EndRecord } {
  return {
    source: {
      url: row.sourceUrl,
      kind: row.sourceKind,
      endpointId: row.sourceEndpointId,
      name: row.sourceEndpointName,
      hasPassword: row.sourceHasPassword,
    },
    target: {
      url: row.targetUrl,
      kind: row.targetKind,
      endpointId: row.targetEndpointId,
      name: row.targetEndpointName,
      hasPassword: row.targetHasPassword,
    },
  };
}
