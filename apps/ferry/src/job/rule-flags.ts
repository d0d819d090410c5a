import { readDuration, RuleFault } from '@cacheferry/contract';
import { wrongUse } from '../arguments.ts';

/** The flags that say what is in scope, and as what: the same for migrating, for the preflight and for the check. */
export const ruleFlags = {
  filter: { type: 'string', multiple: true },
  exclude: { type: 'string', multiple: true },
  'db-map': { type: 'string', multiple: true },
  'key-prefix': { type: 'string', multiple: true },
  'ttl-shift': { type: 'string' },
  'ttl-cap': { type: 'string' },
} as const;

/** Their part of a help text. */
export const ruleFlagsHelp = `  --filter RULE          only what matches; may be given more than once. A RULE is a glob of keys (user:*), or
                         key:GLOB  regex:EXPRESSION  type:hash,set  db:0,3  cmd:PUBLISH,@scripting
                         ttl:>3600  ttl:none  size:>1mb. Rules of one kind are alternatives, kinds add up
  --exclude RULE         nothing that matches; may be given more than once
  --db-map 0:5           database 0 of the source into 5, *:0 all others into 0; several with commas
  --key-prefix old:new   another beginning of keys; several with commas
  --ttl-shift 90s        moves every expiry; -90s moves it ahead: --ttl-shift=-90s
  --ttl-cap 7d           no time to live is longer`;

type Values = {
  -readonly [F in keyof typeof ruleFlags]?:
    | ((typeof ruleFlags)[F] extends { multiple: true } ? string[] : string)
    | undefined;
};

/** What they say, by the names of the options; `undefined` where a flag was not given. Throws `usage.invalid`. */
export function readRuleFlags(command: string, values: Values) {
  return {
    filter: values.filter,
    exclude: values.exclude,
    dbMap: split(values['db-map']),
    keyPrefix: split(values['key-prefix']),
    ttlShiftMs: duration(command, 'ttl-shift', values['ttl-shift']),
    ttlCapMs: duration(command, 'ttl-cap', values['ttl-cap']),
  };
}

const split = (values: string[] | undefined): string[] | undefined => values?.flatMap((value) => value.split(','));

function duration(command: string, flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const isAhead = flag === 'ttl-shift' && text.startsWith('-');
  try {
    return readDuration(isAhead ? text.slice(1) : text) * (isAhead ? -1 : 1);
  } catch (error) {
    if (error instanceof RuleFault) throw wrongUse(command, `--${flag} ${error.message}`);
    throw error;
  }
}
