// `npm test`: sets up what is missing, then checks, unit and live tests, and the browser journeys.
// The last line is the sum: "N passed, N failed".
import fs from 'node:fs';
import path from 'node:path';
import { installServers } from './install-servers.mjs';
import { bin, root, runLive } from './run.mjs';
import { setup } from './setup.mjs';
import { sumReports } from './sum-reports.mjs';

setup();
installServers();
const results = path.join(root, 'test-results');
fs.rmSync(results, { recursive: true, force: true });
fs.mkdirSync(results);

const checkCode = runLive(process.execPath, ['packages/tooling/src/check.mjs']);
const vitest = { file: path.join(results, 'vitest.json'), exitCode: 1 };
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${vitest.file}`];
vitest.exitCode = runLive(bin('vitest'), ['run', ...reporters]);
const playwright = { file: path.join(results, 'playwright.json'), exitCode: 1 };
const runner = path.join(root, 'packages/e2e/node_modules/.bin/playwright');
playwright.exitCode = runLive(runner, ['test', '--config', 'packages/e2e/playwright.config.ts']);

const { passed, failed } = sumReports({ vitest, playwright });
const total = { passed: passed + (checkCode === 0 ? 1 : 0), failed: failed + (checkCode === 0 ? 0 : 1) };
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed > 0 ? 1 : 0);
