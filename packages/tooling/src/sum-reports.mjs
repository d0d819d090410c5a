// Adds up vitest's and Playwright's JSON reports. A missing report, a file that did not load, or a runner that failed
// without naming a test is a failure.
import fs from 'node:fs';

/** Counts of both reports together. The exit codes are those of the two runners. */
export function sumReports({ vitest, playwright }) {
  const counts = [countVitest(vitest.file), countPlaywright(playwright.file)];
  const codes = [vitest.exitCode, playwright.exitCode];
  const silent = counts.filter(({ failed }, at) => failed === 0 && codes[at] !== 0).length;
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, silent),
  };
}

function countVitest(file) {
  const report = read(file);
  if (!report) return { passed: 0, failed: 1 };
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.testResults.filter(didNotLoad).length,
  };
}

function countPlaywright(file) {
  const report = read(file);
  if (!report) return { passed: 0, failed: 1 };
  const { expected, flaky, unexpected } = report.stats;
  return { passed: expected + flaky, failed: unexpected + report.errors.length };
}

const didNotLoad = (file) =>
  file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed');

function read(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch {
    console.error(`no report: ${file}`);
    return undefined;
  }
}
