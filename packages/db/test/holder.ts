import { startEmbedded } from '../src/index.ts';

/** A process of its own that opens the folder it is given, says where, and holds it until SIGTERM. */
const db = await startEmbedded({ dir: process.argv[2] ?? '' });
process.once('SIGTERM', () => void db.stop().then(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ url: db.url, pid: db.embedded?.server.pid })}\n`);
setInterval(() => {}, 60_000);
