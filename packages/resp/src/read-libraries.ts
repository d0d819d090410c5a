import type { Reply } from './codec/reply.ts';

/** Code of libraries of functions by name, of a reply to FUNCTION LIST … WITHCODE; null when it is none. */
export function readLibraries(reply: Reply | undefined): Map<string, Buffer> | null {
  if (!Array.isArray(reply)) return null;
  const found = new Map<string, Buffer>();
  for (const library of reply) {
    const fields = Array.isArray(library) ? library : [];
    const valueOf = (name: string) => fields[fields.findIndex((field) => String(field) === name) + 1];
    const code = valueOf('library_code');
    if (Buffer.isBuffer(code)) found.set(String(valueOf('library_name')), code);
  }
  return found;
}
