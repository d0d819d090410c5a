import fs from 'node:fs';
import { lastWords, type Running, startProcess } from './server/run-process.ts';

// The process of the control plane: FERRY_ROLE decides whether it answers HTTP, looks after migrations, or both.
const stopPatienceMs = 19_000;
/** Ctrl-C in a terminal arrives twice, directly and by the script that started this; a real second one comes later. */
const secondSignalMs = 1_000;

function handleEnds(running: Running): void {
  let since: number | undefined;
  const stop = (exitCode: number): void => {
    const now = performance.now();
    if (since !== undefined) {
      if (now - since > secondSignalMs) process.exit(exitCode || 1);
      return;
    }
    since = now;
    setTimeout(() => process.exit(1), stopPatienceMs).unref();
    void running.stop().then(() => process.exit(exitCode));
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop(0));
  const fail = (error: unknown): void => {
    running.log.error({ err: error }, 'Something unexpected went wrong; this process stops');
    stop(1);
  };
  process.on('uncaughtException', fail);
  process.on('unhandledRejection', fail);
}

try {
  const say = (line: string): void => void fs.writeSync(1, `${line}\n`);
  const running = startProcess({ environment: process.env, say });
  handleEnds(running);
  await running.started;
} catch (thrown) {
  const { line, exitCode } = lastWords(thrown);
  // Written at once: the exit does not wait for a pipe.
  fs.writeSync(2, `${line}\n`);
  process.exit(exitCode);
}
