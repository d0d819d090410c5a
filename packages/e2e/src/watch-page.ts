import type { Page } from '@playwright/test';

/** Notes what a person would not see but should not happen: console errors, failed requests, uncaught errors. */
export function watchPage(page: Page): { problems(): string[] } {
  const found: string[] = [];
  page.on('pageerror', (error) => found.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // A refused sign-in or a form that the server corrects is an answer, not a fault of the page.
    const isAnswer = /status of (401|403|404|409|422)/.test(message.text());
    if ((message.type() === 'error' || message.type() === 'warning') && !isAnswer)
      found.push(`${message.type()}: ${message.text()}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    if (reason !== 'net::ERR_ABORTED') found.push(`failed: ${request.url()} ${reason}`);
  });
  return { problems: () => found };
}
