/** Whether a key press belongs to a field, a dialog, a menu or the browser, so that no shortcut may take it. */
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return true;
  const target = event.target as HTMLElement | null;
  return target?.closest?.('input,textarea,select,[contenteditable="true"],[role="dialog"],[role="menu"]') !== null;
}
