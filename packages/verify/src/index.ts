export type { CheckDeps, CheckEnd, CheckInput } from './check-types.ts';
export { runCheck } from './run-check.ts';
export type { SidePlace } from './side.ts';
export { PoolPlace } from './pool/pool-reader.ts';
