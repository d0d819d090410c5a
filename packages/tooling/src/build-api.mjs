// The control plane in one file beside the packages it uses: it starts in half the time of its sources, because only
// what comes from elsewhere is read from many files. Paths in it are relative, so that the tree may be moved.
import fs from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { build } from 'esbuild';
import { root } from './run.mjs';

const outdir = path.join(root, 'apps/api/dist');
const inlined = /^(@cacheferry\/|zod(\/|$))/;
const relative = (file) => {
  const way = path.relative(outdir, file).split(path.sep).join('/');
  return way.startsWith('.') ? way : `./${way}`;
};

/** A package is left where it lies, and named by the way to it: from here its name alone would not be found. */
const packagesByPlace = {
  name: 'packages-by-place',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^[^./]/ }, async ({ path: name, kind, pluginData, resolveDir, importer }) => {
      if (kind === 'entry-point' || pluginData === 'asked' || inlined.test(name)) return undefined;
      if (isBuiltin(name)) return { path: name, external: true };
      const found = await resolve(name, { kind, resolveDir, importer, pluginData: 'asked' });
      return found.errors.length > 0 ? found : { path: relative(found.path), external: true };
    });
  },
};

/** Each source file keeps asking for its own place. */
const ownPlaces = {
  name: 'own-places',
  setup({ onLoad }) {
    onLoad({ filter: /\.(ts|mjs)$/ }, ({ path: file }) => {
      if (file.includes('node_modules')) return undefined;
      const source = fs.readFileSync(file, 'utf8');
      const contents = source
        .replaceAll('import.meta.dirname', `__place(${JSON.stringify(relative(path.dirname(file)))})`)
        .replaceAll('import.meta.url', `__placeUrl(${JSON.stringify(relative(file))})`);
      return { contents, loader: file.endsWith('.ts') ? 'ts' : 'js' };
    });
  },
};

const banner = [
  `import { fileURLToPath as __toPath } from 'node:url';`,
  `const __placeUrl = (way) => new URL(way, import.meta.url).href;`,
  `const __place = (way) => __toPath(__placeUrl(way)).replace(/[/\\\\]$/, '');`,
].join('\n');

await build({
  absWorkingDir: root,
  entryPoints: ['apps/api/src/main.ts'],
  outfile: path.join(outdir, 'main.mjs'),
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  conditions: [],
  banner: { js: banner },
  plugins: [packagesByPlace, ownPlaces],
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  logLevel: 'warning',
});
