import { fill } from '@cacheferry/kernel';

/** What can be said of a setting that a job does not carry as it is; `{name}`s are filled from the facts. */
export const noteTexts = {
  no_counterpart: '{setting} = {value}: has no counterpart',
  bad_rule: '{setting}: {fault}',
  status_port: '{setting}: give ferry migrate --status-port {port}',
  replies: '{setting}: every reply is looked at',
  own_job: '{setting}: {server} needs a job of its own',
  pool_file: '{setting}: write this to {file}, with an absolute path in the job:\n{text}',
  proxy: '{setting}: a proxy is spoken to like one server',
  always_copies: '{setting}: a migration begins with a copy; there is none that has {follows} only',
  lua_code: '{setting}: code in Lua is not run; write what it does as rules, or do not go on',
} as const;
export type NoteCode = keyof typeof noteTexts;

/** A setting that a job does not carry as it is: `code` and `facts` say why, in any language. */
export type ImportNote = { code: NoteCode; facts: Readonly<Record<string, string>> };

/** The note in English. */
export const noteText = ({ code, facts }: ImportNote): string => fill(noteTexts[code], facts);
