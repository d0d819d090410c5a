import { Hub } from './hub.ts';

const hub = new Hub();

addEventListener('connect', (event) => {
  const port = (event as MessageEvent).ports[0];
  if (port) hub.connect(port);
});
setInterval(() => hub.sweep(), 60_000);
