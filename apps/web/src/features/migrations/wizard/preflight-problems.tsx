import type { Preflight } from '@cacheferry/contract';
import { ProblemView } from '../../../ui/problem-view.tsx';
import { useMachineNames } from '../../machines/use-machine-names.ts';

type PreflightProblemsProps = { preflight: Preflight; onRetry: () => void };

/** Why a preflight could not be made at all; of several machines, for each that it could not be made on. */
export function PreflightProblems({ preflight: { problem, machines }, onRetry }: PreflightProblemsProps) {
  const failed = machines.flatMap((share) => (share.problem ? [{ id: share.machineId, problem: share.problem }] : []));
  const names = useMachineNames(failed.map(({ id }) => id));
  if (failed.length === 0) return problem && <ProblemView problem={problem} onRetry={onRetry} />;
  return failed.map((one, at) => (
    <div key={one.id} className="stack-tight">
      <h3>{names[at]}</h3>
      <ProblemView problem={one.problem} onRetry={onRetry} />
    </div>
  ));
}
