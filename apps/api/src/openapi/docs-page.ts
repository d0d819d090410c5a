import type { OpenApi, Operation } from './document.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const text = (raw: string): string => raw.replace(/[&<>"']/g, (character) => entities[character] ?? character);
const anchor = (raw: string): string => raw.replace(/[^A-Za-z0-9]+/g, '-');

/** The OpenAPI document as a page for people: one file without any script, its style beside it. */
export function docsPage(document: OpenApi): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const sections = document.tags.map(({ name }) => {
    const own = operations.filter(({ operation }) => operation.tags.includes(name));
    return `<section id="${anchor(name)}"><h2>${text(name)}</h2>${own.map(operationPart).join('')}</section>`;
  });
  const schemas = Object.entries(document.components.schemas).map(
    ([name, schema]) =>
      `<details id="schema-${anchor(name)}"><summary>${text(name)}</summary>${codeOf(schema)}</details>`,
  );
  const links = document.tags.map(({ name }) => `<a href="#${anchor(name)}">${text(name)}</a>`).join(' ');
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1"><title>cacheferry API</title>',
    '<link rel="stylesheet" href="/api/docs.css"></head><body>',
    `<header><h1>cacheferry API <small>${text(document.info.version)}</small></h1>`,
    `<p>${text(document.info.description)}</p>`,
    '<p><a href="/api/openapi.json">OpenAPI 3.1 document</a></p>',
    `<nav aria-label="Parts">${links} <a href="#schemas">Schemas</a></nav></header><main>`,
    ...sections,
    `<section id="schemas"><h2>Schemas</h2>${schemas.join('')}</section></main></body></html>`,
  ].join('\n');
}

function operationPart({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  return [
    `<details id="${anchor(operation.operationId)}"><summary><b class="${method.toLowerCase()}">${method}</b> `,
    `<code>${text(path)}</code> <span>${text(operation.summary)}</span></summary>`,
    `<p>${text(operation.description)}</p>`,
    parameterTable(operation),
    ...Object.values(operation.requestBody?.content ?? {}).map(({ schema }) => `<h3>Body</h3>${codeOf(schema)}`),
    '<h3>Answers</h3><ul>',
    ...Object.entries(operation.responses).map(([status, answer]) => answerPart(status, answer)),
    '</ul></details>',
  ].join('');
}

function parameterTable({ parameters }: Operation): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: place, required, schema, description = '' }) =>
      `<tr><td><code>${text(name)}</code></td><td>${place}${required ? ', required' : ''}</td>` +
      `<td>${text(description)}<code>${text(JSON.stringify(schema))}</code></td></tr>`,
  );
  return `<table><thead><tr><th>Parameter</th><th>Place</th><th>Values</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function answerPart(status: string, { description, content = {} }: Operation['responses'][string]): string {
  const types = Object.entries(content).map(([type, { schema }]) => {
    const name = typeof schema.$ref === 'string' ? (schema.$ref.split('/').at(-1) ?? '') : '';
    const link = name === '' ? '' : ` <a href="#schema-${anchor(name)}">${text(name)}</a>`;
    return ` <code>${text(type)}</code>${link}`;
  });
  return `<li><b>${text(status)}</b> ${text(description)}${types.join('')}</li>`;
}

const codeOf = (schema: unknown): string =>
  `<pre tabindex="0"><code>${text(JSON.stringify(schema, null, 2))}</code></pre>`;

/** The style of that page. */
export const docsStyle = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 70rem; margin: 0 auto; padding: 1rem; overflow-wrap: anywhere; }
header p { max-width: 48rem; white-space: pre-line; }
nav a { margin-right: .75rem; }
details { border: 1px solid #8886; border-radius: .4rem; margin: .4rem 0; padding: .3rem .6rem; }
summary { cursor: pointer; }
summary b { display: inline-block; min-width: 4.2rem; }
pre { overflow-x: auto; background: #8882; padding: .6rem; border-radius: .4rem; max-height: 30rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; border-top: 1px solid #8886; padding: .2rem .5rem; }
td code { display: block; font-size: .85em; }
small { font-weight: normal; font-size: .6em; }
`;
