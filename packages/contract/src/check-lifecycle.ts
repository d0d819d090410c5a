export const checkStates = ['queued', 'running', 'consistent', 'inconsistent', 'stopped', 'failed'] as const;
export type CheckState = (typeof checkStates)[number];

const table: Record<CheckState, Partial<Record<string, CheckState>>> = {
  queued: { launch: 'running', stop: 'stopped', fail: 'failed' },
  running: { consistent: 'consistent', inconsistent: 'inconsistent', stop: 'stopped', fail: 'failed' },
  consistent: {},
  inconsistent: {},
  stopped: {},
  failed: {},
};

/** The state of a full check after an event, or `undefined` where there is no such change. */
export function nextCheckState(from: CheckState, event: string): CheckState | undefined {
  return table[from][event];
}

/** Whether a full check has its result. */
export function isCheckEnded(state: CheckState): boolean {
  return state !== 'queued' && state !== 'running';
}
