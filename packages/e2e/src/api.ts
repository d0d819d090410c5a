import { randomUUID } from 'node:crypto';
import { waitFor } from '@cacheferry/testkit';

/** A script's client of the HTTP API: signs in by password, then sends cookie and CSRF token with every write. */
export class Api {
  readonly #base: string;
  #cookie = '';
  #csrfToken = '';

  constructor(url: string) {
    this.#base = `${url}/api/v1`;
  }

  async signIn(password: string, username = 'admin'): Promise<void> {
    const answer = await fetch(`${this.#base}/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    if (!answer.ok) throw new Error(`signing in: ${answer.status} ${await answer.text()}`);
    this.#cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    this.#csrfToken = ((await answer.json()) as { csrfToken: string }).csrfToken;
  }

  get<T>(path: string): Promise<T> {
    return this.#send('GET', path);
  }

  post<T>(path: string, body: unknown = {}): Promise<T> {
    return this.#send('POST', path, body);
  }

  /** A stream of the API, as text. */
  async stream(path: string, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Response> {
    return fetch(`${this.#base}${path}`, {
      headers: { cookie: this.#cookie, ...headers },
      ...(signal ? { signal } : {}),
    });
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: {
        cookie: this.#cookie,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'x-csrf-token': this.#csrfToken, 'idempotency-key': randomUUID() }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}

/** Waits until a migration or check has come to a state; throws with its problem when it failed instead. */
export async function reach(
  api: Api,
  id: string,
  state: string,
  kind: 'migrations' | 'checks' = 'migrations',
): Promise<void> {
  let failure: string | null = null;
  await waitFor(
    async () => {
      const found = await api.get<{ state: string; problem: unknown }>(`/${kind}/${id}`);
      if (found.state === 'failed') failure = JSON.stringify(found.problem);
      return failure !== null || found.state === state;
    },
    { deadlineMs: 60_000, what: `the state ${state}` },
  );
  if (failure !== null) throw new Error(`failed: ${failure}`);
}
