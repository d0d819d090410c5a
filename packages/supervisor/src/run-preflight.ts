import { PreflightReport, PreflightRow } from '@cacheferry/contract';
import type { PreflightTask } from '@cacheferry/domain';
import { FerryError, isErrorCode, toFerryError } from '@cacheferry/kernel';
import { bringUploads, nameUploads, placeUploads } from './bring-uploads.ts';
import { keepRenewing } from './keep-lease.ts';
import type { LinkPool } from './link-pool.ts';
import { LineSplitter, readObject } from './split-lines.ts';
import type { SupervisorDeps } from './supervisor-deps.ts';

const longestMs = 120_000;

/** Runs one preflight on its machine and stores its rows as they are answered, then the report. */
export async function runPreflight(
  deps: SupervisorDeps,
  links: LinkPool,
  task: PreflightTask,
  signal: AbortSignal,
): Promise<void> {
  const { preflights, clock } = deps;
  const limit = new AbortController();
  const both = AbortSignal.any([signal, limit.signal]);
  const tooLong = () =>
    limit.abort(new FerryError('machine.timeout', { host: '', seconds: longestMs / 1000, step: 'preflight' }));
  clock.sleep(longestMs, both).then(tooLong, () => {});
  const keeping = keepRenewing(deps, both, (leaseMs) => preflights.renew(task.lease, leaseMs));
  keeping.catch((error: unknown) => limit.abort(error));
  try {
    const report = await links.use(task.machineId, async ({ link, login }) => {
      const { command, workDir } = await deps.tools.install(link, login, { signal: both });
      const host = login.kind === 'local' ? 'this machine' : login.host;
      const argv = [...command, 'preflight', '--job', '-', '--rows', '--state', `${workDir}/runs`];
      const { source, target } = task.job;
      const needed = (await Promise.all([source, target].map(({ url }) => deps.uploads.ofUrl(url)))).flat();
      const places = await bringUploads({ link, login, workDir }, needed, both);
      const stdin = JSON.stringify(placeUploads(task.job, places));
      const inNames = (line: object) => nameUploads(line, needed, places);
      const reader = new RowReader(host, inNames, (rows) => preflights.recordRows(task.lease, rows));
      const { stderr } = await link.stream(argv, { stdin, signal: both, onBytes: (bytes) => reader.push(bytes) });
      return reader.report ?? told(stderr, host);
    });
    if (report instanceof FerryError) throw report;
    await preflights.finish(task.lease, report);
  } catch (thrown) {
    if (signal.aborted) return;
    const { code, facts, detail } = toFerryError(thrown);
    if (code !== 'run.lease_lost') await preflights.fail(task.lease, { code, facts, detail });
  } finally {
    limit.abort();
    await keeping.catch(() => {});
  }
}

/** Rows come one a line, the report last. */
class RowReader {
  report: PreflightReport | null = null;
  readonly #splitter: LineSplitter;
  readonly #host: string;
  /** A line as people read it. */
  readonly #inNames: (line: object) => object;
  readonly #store: (rows: PreflightRow[]) => Promise<void>;

  constructor(host: string, inNames: (line: object) => object, store: (rows: PreflightRow[]) => Promise<void>) {
    this.#host = host;
    this.#inNames = inNames;
    this.#store = store;
    this.#splitter = new LineSplitter(host);
  }

  async push(bytes: Buffer): Promise<void> {
    const rows: PreflightRow[] = [];
    for (const line of this.#splitter.push(bytes)) {
      const value = this.#inNames(readObject(line, this.#host));
      const report = PreflightReport.safeParse(value);
      const row = PreflightRow.safeParse(value);
      if (report.success) this.report = report.data;
      else if (row.success) rows.push(row.data);
      else throw new FerryError('machine.protocol', { host: this.#host, reason: 'a line is no row of a preflight' });
    }
    if (rows.length > 0) await this.#store(rows);
  }
}

/** What a preflight that gave no report said on its way out. */
function told(stderr: string, host: string): FerryError {
  const [, code = '', text = ''] = /^error\[([a-z]+\.[a-z_]+)\]: ([^\n]*)/m.exec(stderr) ?? [];
  if (isErrorCode(code)) return new FerryError(code, { host }, new Error(text));
  return new FerryError(
    'machine.protocol',
    { host, reason: 'the preflight gave no report' },
    new Error(stderr.slice(-500)),
  );
}
