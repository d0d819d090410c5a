import path from 'node:path';

/** The folder of the whole project. */
export const root = path.resolve(import.meta.dirname, '../../..');

/** Where what costs time to make is kept between runs. */
export const cacheDir = path.join(root, 'node_modules/.cache/testkit');
