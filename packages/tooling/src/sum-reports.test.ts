import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { sumReports } from './sum-reports.mjs';

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ferry-reports-'));
afterAll(() => fs.rmSync(dir, { recursive: true }));
let count = 0;

const write = (content: unknown): string => {
  const file = path.join(dir, `${++count}.json`);
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
};
const vitestReport = (numPassedTests: number, numFailedTests = 0, testResults: object[] = []) => ({
  numPassedTests,
  numFailedTests,
  testResults,
});
const playwrightReport = (expected: number, unexpected = 0, more: object = {}) => ({
  stats: { expected, unexpected, flaky: 0, skipped: 0 },
  errors: [],
  ...more,
});
const sum = (vitest: [unknown, number], playwright: [unknown, number]) =>
  sumReports({
    vitest: { file: write(vitest[0]), exitCode: vitest[1] },
    playwright: { file: write(playwright[0]), exitCode: playwright[1] },
  });

describe('the sum of the tests', () => {
  test('adds both runners up', () => {
    expect(sum([vitestReport(10), 0], [playwrightReport(2), 0])).toEqual({ passed: 12, failed: 0 });
    expect(sum([vitestReport(9, 1), 1], [playwrightReport(1, 1), 1])).toEqual({ passed: 10, failed: 2 });
  });

  test('counts a file that did not load', () => {
    const broken = vitestReport(3, 0, [{ status: 'failed', assertionResults: [] }]);
    expect(sum([broken, 1], [playwrightReport(1), 0])).toEqual({ passed: 4, failed: 1 });
  });

  test('counts an error of the browser runner that belongs to no test', () => {
    expect(sum([vitestReport(1), 0], [playwrightReport(1, 0, { errors: [{}] }), 1])).toEqual({ passed: 2, failed: 1 });
  });

  test('counts a runner that failed without naming a test', () => {
    expect(sum([vitestReport(5), 1], [playwrightReport(1), 0])).toEqual({ passed: 6, failed: 1 });
  });

  test('counts a report that is missing or cut', () => {
    expect(sum(['{"numPassed', 1], [playwrightReport(1), 0])).toEqual({ passed: 1, failed: 1 });
    expect(
      sumReports({
        vitest: { file: write(vitestReport(1)), exitCode: 0 },
        playwright: { file: path.join(dir, 'none.json'), exitCode: 1 },
      }),
    ).toEqual({ passed: 1, failed: 1 });
  });
});
