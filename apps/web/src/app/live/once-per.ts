/** Runs `work` for each name at once, and then at most every `ms`: the last call of a burst is never lost. */
export function createOncePer(ms: number, work: (name: string) => void) {
  const waiting = new Map<string, { timer: ReturnType<typeof setTimeout>; isAsked: boolean }>();
  const run = (name: string) => {
    work(name);
    const entry = { isAsked: false, timer: setTimeout(() => after(name), ms) };
    waiting.set(name, entry);
  };
  const after = (name: string) => {
    const entry = waiting.get(name);
    waiting.delete(name);
    if (entry?.isAsked) run(name);
  };
  const call = (name: string) => {
    const entry = waiting.get(name);
    if (entry) entry.isAsked = true;
    else run(name);
  };
  call.cancel = () => {
    for (const { timer } of waiting.values()) clearTimeout(timer);
    waiting.clear();
  };
  return call;
}
