// `npm run docs`: writes the pages that are made from the code.
import fs from 'node:fs';
import path from 'node:path';
import { errorDocs } from './error-docs.ts';

fs.writeFileSync(path.resolve(import.meta.dirname, '../../../docs/errors.md'), errorDocs());
