import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { tempDir } from './temp-dir.ts';

/** Compiles C to a shared library; null where there is no compiler. */
export function compileLibrary(name: string, code: string): string | null {
  const dir = tempDir(`library-${name}`);
  const file = path.join(dir, `${name}.so`);
  fs.writeFileSync(path.join(dir, `${name}.c`), code);
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', file, path.join(dir, `${name}.c`)], { stdio: 'ignore' });
  } catch {
    return null;
  }
  return file;
}
