import { createServer } from 'node:http';
import type { Snapshot } from '@cacheferry/contract';
import { type ListenAt, listen } from './listen.ts';
import { prometheusText } from './prometheus-text.ts';

/** Serves `/metrics` in the text form of Prometheus until it is closed. Throws `status.cannot_listen`. */
export async function openMetricsServer(at: ListenAt, ask: () => Promise<Snapshot | null>): Promise<() => void> {
  const server = createServer((request, response) => {
    request.resume();
    const answer = (status: number, text: string) =>
      response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text);
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics')
      return void answer(404, 'See /metrics\n');
    void ask().then((snapshot) =>
      snapshot ? answer(200, prometheusText(snapshot)) : answer(503, 'The run has not started yet\n'),
    );
  });
  server.maxConnections = 50;
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  await listen(server, at);
  return () => {
    server.close();
    server.closeAllConnections();
  };
}
