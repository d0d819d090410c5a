import type { Socket } from 'node:net';

/** Splits what a socket receives into lines; one that is too long ends the connection. */
export function onLines(socket: Socket, maxLength: number, take: (line: string) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    rest += chunk;
    for (let feed = rest.indexOf('\n'); feed >= 0; feed = rest.indexOf('\n')) {
      const line = rest.slice(0, feed);
      rest = rest.slice(feed + 1);
      take(line);
    }
    if (rest.length > maxLength) socket.destroy();
  });
}
