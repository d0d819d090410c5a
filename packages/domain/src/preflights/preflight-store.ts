import { type PreflightReport, PreflightRow } from '@cacheferry/contract';
import type { Context } from '../context.ts';
import { found } from '../found.ts';
import { hold } from '../machines/machine-store.ts';
import { plainJson } from '../plain-json.ts';
import { problemOf } from '../problem.ts';
import type { Lease, PreflightStore, PreflightTask } from '../runs/ports.ts';
import { FerryError } from '@cacheferry/kernel';
import type { Repositories } from '../store/index.ts';
import type { PreflightRecord } from '../store/work.ts';
import { findPreflight } from './find-preflight.ts';

type Change = Partial<Pick<PreflightRecord, 'state' | 'rows' | 'report' | 'problem' | 'finishedAt'>>;

/** The supervisor's side of preflights. */
export function createPreflightStore(ctx: Context): PreflightStore {
  const { store, clock } = ctx;
  const change = (lease: Lease, work: (preflight: PreflightRecord, now: Date) => Change) =>
    store.transaction(async (tx) => {
      await hold(tx, 'preflight', lease);
      const preflight = found(await tx.preflights.lock(lease.id), 'preflight');
      await tx.preflights.update(lease.id, work(preflight, new Date(clock.now())));
      await tx.notify({ kind: 'preflight', id: lease.id });
    });
  const end = async (lease: Lease, work: (preflight: PreflightRecord, now: Date) => Change) => {
    await change(lease, work);
    const next = await findNext(store, lease.id);
    if (next) ctx.doorbell.ring([{ kind: 'preflight', id: next }]);
  };
  return {
    findUnattended: (limit) => store.preflights.findUnattended(limit),
    claim: (id, owner, leaseMs) => claim(ctx, id, owner, leaseMs),
    renew: async (lease, leaseMs) => {
      if (!(await store.leases.renew('preflight', lease, leaseMs)))
        throw new FerryError('run.lease_lost', { id: lease.id });
    },
    recordRows: (lease, rows) => change(lease, (preflight) => ({ rows: mergeRows(preflight.rows, plainRows(rows)) })),
    finish: (lease, report) => end(lease, (_, now) => finished(report, now)),
    fail: (lease, failure) =>
      end(lease, (_, now) => ({ state: 'failed', problem: problemOf(failure), finishedAt: now })),
  };
}

async function claim(ctx: Context, id: string, owner: string, leaseMs: number): Promise<PreflightTask | null> {
  return ctx.store.transaction(async (tx) => {
    if ((await findNext(tx, id)) !== id) return null;
    const lease = await tx.leases.claim('preflight', id, owner, leaseMs);
    const preflight = lease && (await tx.preflights.lock(id));
    if (!lease || !preflight || preflight.finishedAt) return null;
    const { source, target, mode, options, machineId } = preflight;
    const secrets = await tx.preflights.secrets(id);
    await tx.preflights.update(id, { state: 'running' });
    await tx.notify({ kind: 'preflight', id });
    return {
      lease,
      machineId,
      job: {
        version: 1,
        kind: 'preflight',
        epoch: 0,
        source: { url: source.url, ...secrets.source },
        target: { url: target.url, ...secrets.target },
        mode,
        options,
      },
    };
  });
}

/** Whose turn it is in the group of a preflight: machines that measure at the same time would measure each other. */
async function findNext(store: Pick<Repositories, 'preflights'>, id: string): Promise<string | null> {
  const own = found(await store.preflights.find(id), 'preflight');
  const group = await findPreflight(store, own.leaderId ?? id);
  return group.find(({ finishedAt }) => finishedAt === null)?.id ?? null;
}

function finished(report: PreflightReport, now: Date): Change {
  const plain = plainJson(report) as PreflightReport;
  return { state: 'done', report: plain, rows: plain.rows, problem: null, finishedAt: now };
}

/** Adds rows; one with the id and scope of an earlier one takes its place. */
export function mergeRows(known: readonly PreflightRow[], added: readonly PreflightRow[]): PreflightRow[] {
  const rows = new Map(known.map((row) => [nameOf(row), row]));
  for (const row of added) rows.set(nameOf(row), row);
  return [...rows.values()];
}

const nameOf = (row: PreflightRow): string => JSON.stringify([row.id, row.scope]);
const plainRows = (rows: readonly PreflightRow[]): PreflightRow[] =>
  rows.map((row) => PreflightRow.parse(plainJson(row)));
