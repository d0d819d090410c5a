// The page of error codes, made from the catalogue. `npm run docs` writes it; a test compares it.
import { type ErrorCode, type ErrorSpec, errorCatalogue } from '../../kernel/src/index.ts';

const areaTitles: Record<string, string> = {
  internal: 'Unexpected',
  usage: 'Using the command',
  config: 'Configuration and files',
  endpoint: 'Reaching a server',
  source: 'The source',
  target: 'The target',
  rdb: 'RDB files',
  aof: 'AOF files',
  stream: 'The replication stream',
  engine: 'The engine',
  spool: 'The spool',
  checkpoint: 'The checkpoint',
  preflight: 'Preflight',
  migration: 'Migrations',
  check: 'Full checks',
  machine: 'Machines',
  control: 'The control plane',
  auth: 'Signing in and rights',
  request: 'Requests',
};

/** The whole page as Markdown: one table for each area, in the order of the catalogue. */
export function errorDocs(): string {
  const areas = new Map<string, [ErrorCode, ErrorSpec][]>();
  for (const [code, spec] of Object.entries(errorCatalogue) as [ErrorCode, ErrorSpec][]) {
    const area = code.split('.')[0] as string;
    areas.set(area, [...(areas.get(area) ?? []), [code, spec]]);
  }
  const sections = [...areas].map(([area, rows]) => section(areaTitles[area] ?? area, rows));
  return `${intro}\n${sections.join('\n')}`;
}

const intro = `# Error codes

Every error of the command, the API and the page has one of these codes. Names in braces are filled with the facts of the
case. *Exit* is the exit code of the \`ferry\` command that ends with it, *HTTP* the status of an API answer; *again* tells
whether trying later, unchanged, can succeed.

This page is made from the catalogue in \`packages/kernel/src/errors\` by \`npm run docs\`.
`;

function section(title: string, rows: [ErrorCode, ErrorSpec][]): string {
  const lines = rows.map(([code, spec]) => {
    const cells = [`\`${code}\``, cell(spec.title), cell(spec.fix), spec.exit, spec.http, spec.retry ? 'yes' : 'no'];
    return `| ${cells.join(' | ')} |`;
  });
  return `## ${title}\n\n| code | what happened | what to do | exit | HTTP | again |\n| --- | --- | --- | --- | --- | --- |\n${lines.join('\n')}\n`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
