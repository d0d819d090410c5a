import type {
  MachineStore,
  MachineTools,
  MachineTransport,
  PreflightStore,
  RunStore,
  UploadStore,
} from '@cacheferry/domain';
import type { Clock, Logger } from '@cacheferry/kernel';

export type SupervisorDeps = {
  runs: RunStore;
  preflights: PreflightStore;
  machines: MachineStore;
  uploads: UploadStore;
  transport: MachineTransport;
  tools: MachineTools;
  clock: Clock;
  log: Logger;
  newId: () => string;
  /** Between 0 and 1; spreads reconnects. */
  random: () => number;
  times?: Partial<SupervisorTimes>;
};

/** How long things may take; tests make them shorter. */
export type SupervisorTimes = {
  /** How long a lease lasts, and how often it is renewed. */
  leaseMs: number;
  renewMs: number;
  /** Without contact for so long, what an engine does is unknown. */
  lostAfterMs: number;
  /** How long a machine may be out of reach before a run that was never launched there fails. */
  launchPatienceMs: number;
  /** How long an engine may take to answer, and how often it is asked again to stop. */
  askMs: number;
  /** How long an engine may take to stop in order before it is ended by force. */
  stopPatienceMs: number;
  /** How long an engine that said it is done may take to be gone. */
  donePatienceMs: number;
  /** How often a machine that has nothing to tell says that it is there. */
  beatMs: number;
  /** How long the first catching up may keep the state of a run that was lost. */
  catchUpMs: number;
};

const standard: SupervisorTimes = {
  leaseMs: 15_000,
  renewMs: 5_000,
  lostAfterMs: 30_000,
  launchPatienceMs: 20_000,
  askMs: 10_000,
  stopPatienceMs: 60_000,
  donePatienceMs: 30_000,
  beatMs: 5_000,
  catchUpMs: 5_000,
};

export const timesOf = ({ times }: Pick<SupervisorDeps, 'times'>): SupervisorTimes => ({ ...standard, ...times });

/** Deaths within ten minutes after which an engine is not started again. */
export const mostDeaths = 3;
