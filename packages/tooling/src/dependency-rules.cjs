// The import rules, for dependency-cruiser.
const mayImport = require('./may-import.cjs');

const isTest = '\\.(test|live\\.test|journey)\\.tsx?$|/test/';
const home = (name) => (name.startsWith('apps/') ? name : `packages/${name}`);
const edge = (dir, deps, tests) => ({
  name: `${tests ? 'tests' : 'direction'}:${dir}`,
  severity: 'error',
  from: { path: tests ? `^${dir}/.*(${isTest})` : `^${dir}/`, ...(tests ? {} : { pathNot: isTest }) },
  to: { path: '^(apps|packages)/', pathNot: `^${dir}/|^packages/(${deps.join('|') || '-'})/` },
});
const edges = Object.entries(mayImport).flatMap(([name, deps]) => [
  edge(home(name), deps, false),
  edge(home(name), [...deps, 'testkit'], true),
]);

const onlyIn = (library, homes) => ({
  name: `only-in:${library}`,
  severity: 'error',
  from: { path: '^(apps|packages)/', pathNot: homes.map((name) => `^${home(name)}/`).join('|') },
  to: { path: `node_modules/(${library})/` },
});

module.exports = {
  forbidden: [
    ...edges,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'front-door-only',
      comment: "another package is reached through its index.ts; prisma's generated client is the database's own",
      severity: 'error',
      from: { path: '^(apps|packages)/([^/]+)/' },
      to: { path: '^(apps|packages)/[^/]+/src/', pathNot: '^$1/$2/|/src/index\\.ts$' },
    },
    {
      name: 'codecs-do-no-io',
      severity: 'error',
      from: { path: '^packages/(kernel|contract|rdb|commands)/src/|/src/codec/', pathNot: isTest },
      to: { path: '^(node:)?(net|tls|fs|fs/promises|child_process|http|https|dns)$' },
    },
    onlyIn('@prisma|prisma', ['db']),
    onlyIn('bullmq', ['queue']),
    onlyIn('node-ssh|ssh2', ['remote']),
    onlyIn('fastify|@fastify', ['apps/api']),
    onlyIn('react|react-dom', ['apps/web']),
    onlyIn('ioredis', ['queue', 'testkit']),
    { name: 'no-undeclared', severity: 'error', from: {}, to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] } },
    { name: 'resolvable', severity: 'error', from: { pathNot: 'generated' }, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|generated|fixtures)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
