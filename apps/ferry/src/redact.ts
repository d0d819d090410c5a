/** A text that may hold endpoint URLs, without the secrets in them. */
export function redactUrls(text: string): string {
  return text
    .replace(/(:\/\/)[^\s'"]*@/g, (whole, start: string) => {
      const login = whole.slice(start.length, -1);
      const user = login.split(':')[0] ?? '';
      return login.includes(':') ? `${start}${user ? `${user}:***@` : '***@'}` : whole;
    })
    .replace(/([?&](?:sentinelPassword|password|token)=)[^&\s'"]*/gi, '$1***');
}

/** Text for a terminal or a log line: control, bidi and zero-width characters become visible, so that nothing can be forged. */
export function oneLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Takes passwords out of what other users see of this process (`/proc/PID/cmdline`), keeping the rest of the line. */
export function hidePasswords(argv: readonly string[], setTitle: (title: string) => void): void {
  const shown = argv.map(redactUrls);
  if (shown.some((text, index) => text !== argv[index])) setTitle(['ferry', ...shown].join(' '));
}
