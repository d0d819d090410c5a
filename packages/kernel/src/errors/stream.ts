import type { ErrorArea } from './spec.ts';

export const streamErrors = {} as const satisfies ErrorArea;
