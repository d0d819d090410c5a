import fs from 'node:fs';
import path from 'node:path';
import { compileLibrary } from './compile-library.ts';
import { tempDir } from './temp-dir.ts';

/**
 * The wall clock of a process, moved by so many milliseconds as a file says. It calls the kernel itself: looking the real
 * functions up would need memory, and allocators ask for the time.
 */
const source = `
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long *shift;

static long long shift_ms(void) {
  static const long long none = 0;
  if (shift) return *shift;
  const char *path = getenv("CLOCK_SHIFT_FILE");
  int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void *page = file < 0 ? MAP_FAILED : mmap(0, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
  if (file >= 0) close(file);
  shift = page == MAP_FAILED ? &none : page;
  return *shift;
}

int clock_gettime(clockid_t id, struct timespec *ts) {
  int result = syscall(SYS_clock_gettime, id, ts);
  if (result == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
    long long ms = shift_ms();
    ts->tv_sec += ms / 1000;
  }
  return result;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone) {
  struct timespec ts;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &ts);
  tv->tv_sec = ts.tv_sec;
  tv->tv_usec = ts.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *to) {
  struct timespec ts;
  clock_gettime(CLOCK_REALTIME, &ts);
  if (to) *to = ts.tv_sec;
  return ts.tv_sec;
}
`;

let library: string | null | undefined;

/** Whether programs can be given a wall clock of their own here: that needs a compiler. */
export function canShiftClock(): boolean {
  library ??= process.platform === 'linux' ? compileLibrary('clock', source) : null;
  return library !== null;
}

/** A wall clock that jumps, for programs that are started with `env`. Clocks that only go forward stay as they are. */
export class ClockShift {
  readonly env: Readonly<Record<string, string>>;
  readonly #file: number;

  constructor() {
    if (!canShiftClock()) throw new Error('no compiler is here, which a wall clock of its own needs');
    const file = path.join(tempDir('clock'), 'shift');
    fs.writeFileSync(file, Buffer.alloc(8));
    this.#file = fs.openSync(file, 'r+');
    this.env = { LD_PRELOAD: library as string, CLOCK_SHIFT_FILE: file };
  }

  /** The clock shows so much more (or less) than the machine's from now on; whole seconds. */
  set(ms: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(ms));
    fs.writeSync(this.#file, bytes, 0, 8, 0);
  }
}
