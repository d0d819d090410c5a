const works: (() => void)[] = [];

/** Has the work done when this process ends, in whatever order; not by SIGKILL. */
export function atExit(work: () => void): void {
  if (works.length === 0) listen();
  works.push(work);
}

function listen(): void {
  process.on('exit', () => {
    for (const work of works) work();
  });
  // A test runner ends its workers by SIGTERM, which would end them without the event.
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGINT', 2],
    ['SIGHUP', 1],
  ] as const)
    process.once(signal, () => process.exit(128 + number));
}
