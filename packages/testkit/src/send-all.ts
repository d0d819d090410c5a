import { Cluster, type Redis } from 'ioredis';

export type Client = Redis | Cluster;
export type Argument = string | number | Buffer;
/** Name and arguments of one command. */
export type Command = readonly [string, ...Argument[]];

/** Sends commands in pipelines and throws the first error reply. Returns the replies as buffers, in order. */
export async function sendAll(client: Client, commands: readonly Command[], batch = 1000): Promise<unknown[]> {
  const replies: unknown[] = [];
  for (let at = 0; at < commands.length; at += batch) {
    const part = commands.slice(at, at + batch);
    replies.push(...(client instanceof Cluster ? await sendEach(client, part) : await sendPipeline(client, part)));
  }
  return replies;
}

async function sendPipeline(client: Redis, commands: readonly Command[]): Promise<unknown[]> {
  const pipeline = client.pipeline();
  for (const [name, ...args] of commands) pipeline.callBuffer(name, args);
  const answers = (await pipeline.exec()) ?? [];
  return answers.map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

function sendEach(client: Cluster, commands: readonly Command[]): Promise<unknown[]> {
  return Promise.all(commands.map(([name, ...args]) => client.callBuffer(name, args)));
}
