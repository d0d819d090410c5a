import * as contract from '@cacheferry/contract';
import * as z from 'zod/mini';
import type { Route, Schema } from '../http/route.ts';

export type JsonSchema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && '_zod' in value;
const refTo = (name: string): string => `#/components/schemas/${name}`;

/** The answers' schemas under their names: those of the contract, and the routes' own. */
export function answerSchemas(routes: readonly Route[]): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  const taken = new Set<string>();
  const add = (schema: Schema, id: string): void => {
    if (taken.has(id) || registry.has(schema)) return;
    taken.add(id);
    registry.add(schema, { id });
  };
  for (const [name, value] of Object.entries(contract)) if (isSchema(value)) add(value, name);
  for (const { answer } of routes) if ('schema' in answer) add(answer.schema, answer.name);
  const { schemas } = z.toJSONSchema(registry, { uri: refTo, io: 'output', unrepresentable: 'any' });
  return Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, bare(schema)]));
}

/** The schema of something that comes in, written out whole. */
export function inputSchema(schema: Schema): JsonSchema {
  return bare(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
}

function bare(schema: object): JsonSchema {
  return Object.fromEntries(Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'));
}
