const storageKey = 'cacheferry.shortcuts';

/** Whether single keys are shortcuts; on until the user turns them off. */
export function areShortcutsOn(): boolean {
  try {
    return localStorage.getItem(storageKey) !== 'off';
  } catch {
    return true;
  }
}

/** Remembers whether single keys are shortcuts. */
export function setShortcutsOn(isOn: boolean): void {
  try {
    localStorage.setItem(storageKey, isOn ? 'on' : 'off');
  } catch {
    // Storage may be switched off; then they stay on.
  }
}
