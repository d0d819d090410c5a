import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../../..');
const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };

/** What this copy of the product is, and where its built parts lie. */
export const product = {
  version,
  engineFile: path.join(root, 'dist/ferry.cjs'),
  webDir: path.join(root, 'apps/web/dist'),
} as const;
