import type { ErrorArea } from './spec.ts';

/** What was received and lies on disk until it is shipped; and the state of a run beside it. */
export const spoolErrors = {
  'spool.full': {
    http: 507,
    exit: 1,
    retry: true,
    title:
      'The spool of shard {shard} has reached its bound of {limit} bytes; the source is read again when there is room',
    fix: 'Nothing, if the target catches up. Else raise the bound (--spool-max-bytes) or the speed of the target.',
  },
  'spool.corrupt': {
    http: 500,
    exit: 1,
    retry: true,
    title: 'What was spooled of shard {shard} is damaged at {phase} position {at}',
    fix: 'Nothing: it is fetched from the source again. If it happens again, check the disk of {path}.',
  },
  'spool.position_lost': {
    http: 409,
    exit: 1,
    retry: true,
    title: 'The spool of shard {shard} no longer holds {phase} position {at}',
    fix: 'Nothing: it is fetched from the source again, by a full sync where the source no longer has it either.',
  },
  'stream.damaged': {
    http: 502,
    exit: 1,
    retry: true,
    title: 'The replication stream of shard {shard} cannot be read behind offset {at}: {problem}',
    fix: 'Nothing: it is fetched from the source again. If it happens again, check the network between the two, or use TLS.',
  },
  'stream.invalid': {
    http: 502,
    exit: 1,
    retry: false,
    title: '{endpoint} sent a replication stream that cannot be right: {problem}',
    fix: 'Check that the source is a Redis or Valkey server and that nothing between the two changes the traffic.',
  },
  'source.backlog_overrun': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{endpoint} no longer holds what came after offset {offset}; a new full sync is needed',
    fix: 'Raise repl-backlog-size of the source, so that it covers the longest cut of the link.',
  },
  'source.output_buffer': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{endpoint} ended the link: {pending} bytes waited in it, and its replica buffer may hold {limit}',
    fix: 'Raise it on {endpoint} while the migration runs: CONFIG SET client-output-buffer-limit "replica {setting} {setting} 120". It goes on by itself, with a new full sync where that is needed.',
  },
  'source.restarted': {
    http: 409,
    exit: 1,
    retry: true,
    title: '{endpoint} has another history than before: it was restarted, or failed over; a new full sync is taken',
    fix: 'Nothing, if that was meant. Let the source save and load its data (or its replication id) over restarts.',
  },
  'engine.state_mismatch': {
    http: 409,
    exit: 64,
    retry: false,
    title: 'The state directory {dir} belongs to another migration: its {end} is {stored}',
    fix: 'Use a state directory of its own for each migration.',
  },
  'engine.unsupported': {
    http: 409,
    exit: 1,
    retry: false,
    title: 'This run cannot {command}: {reason}',
    fix: 'Do it by hand at the server, or choose another way.',
  },
  'engine.no_answer': {
    http: 504,
    exit: 1,
    retry: true,
    title: 'The engine (process {pid}) does not answer on its control socket',
    fix: 'It may be stopped or stuck; look at events.jsonl in {dir}.',
  },
} as const satisfies ErrorArea;
