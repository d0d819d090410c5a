import { useEffect, useState } from 'react';

/** The time, told anew every `stepMs` while the page is seen. */
export function useNow(stepMs = 1000, isOn = true): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isOn) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && setNow(Date.now()), stepMs);
    return () => clearInterval(timer);
  }, [stepMs, isOn]);
  return now;
}
