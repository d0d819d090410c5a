import fs from 'node:fs';

/** The engines of runs below a work directory, and what waits for their end: every process that names a job file there. */
export function processesOf(workDir: string): number[] {
  return fs
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      const args = argumentsOf(pid);
      return args.some((text) => text.startsWith(`${workDir}/runs/`) && text.endsWith('/job.json'));
    });
}

function argumentsOf(pid: number): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    // Gone since.
    return [];
  }
}
