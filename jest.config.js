// Three rings: `unit` beside the source, `database` against a real database, `e2e` against the running stack.
// ESM-only dependencies are transformed to CommonJS: jest cannot require() them on Node 20.
const { readFileSync } = require('node:fs');
const { $schema, ...swcrc } = JSON.parse(readFileSync(`${__dirname}/.swcrc`, 'utf8'));
const { baseUrl, paths, ...jsc } = swcrc.jsc;

const base = {
  rootDir: __dirname,
  testEnvironment: 'node',
  transform: { '^.+\\.(t|j|mj)s$': ['@swc/jest', { ...swcrc, jsc, swcrc: false, sourceMaps: 'inline' }] },
  transformIgnorePatterns: ['/node_modules/(?!(?:.*/node_modules/)?(?:@nestjs|@as-integrations|cookie|jose)/)'],
  moduleNameMapper: {
    '^@cairn/(client|contracts|service-kit|numerics|onnx-graph|kmeans)$': '<rootDir>/libs/$1/src/index.ts',
    '^@cairn/service-kit/(.+)$': '<rootDir>/libs/service-kit/src/$1.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
};

module.exports = {
  rootDir: __dirname,
  projects: [
    { ...base, displayName: 'unit', testMatch: ['<rootDir>/{apps,libs,scripts,models}/**/!(*.db).spec.ts'] },
    { ...base, displayName: 'database', testMatch: ['<rootDir>/apps/**/*.db.spec.ts'] },
    { ...base, displayName: 'e2e', testMatch: ['<rootDir>/test/**/*.e2e.spec.ts'] },
  ],
};
