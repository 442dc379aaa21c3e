import tseslint from 'typescript-eslint';

const apps = ['gateway', 'inference', 'clustering', 'knowledge', 'cli'];
const forbid = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'node_modules/**',
      'libs/contracts/src/generated/**',
      'models/*/train/**',
      '**/*.{js,mjs,cjs}',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: "Read the environment in the app's configuration file." },
      ],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'prefer-const': 'error',
    },
  },
  // An app never imports another app.
  ...apps.map((app) => ({
    files: [`apps/${app}/**/*.ts`],
    rules: forbid([
      {
        group: apps.filter((other) => other !== app).map((other) => `**/${other}/src/**`),
        message: 'An app never imports another app.',
      },
    ]),
  })),
  // Libs never import apps.
  { files: ['libs/**/*.ts'], rules: forbid([{ group: ['**/apps/**'], message: 'A lib never imports an app.' }]) },
  // Mathematics knows nothing of Nest.
  {
    files: [
      'libs/numerics/**/*.ts',
      'libs/onnx-graph/**/*.ts',
      'libs/kmeans/**/*.ts',
      'apps/clustering/src/evaluation/**/*.ts',
      'apps/inference/src/{heads,encoder,batching,tokenization}/**/*.ts',
    ],
    ignores: ['**/*.spec.ts'],
    rules: forbid([
      { group: ['@nestjs/*', 'typeorm', 'rxjs', '**/apps/**'], message: 'Mathematics knows nothing of Nest.' },
    ]),
  },
  {
    files: [
      '**/*.config.ts',
      '**/*.spec.ts',
      'test/**/*.ts',
      'bench/**/*.ts',
      'scripts/**/*.ts',
      'libs/client/examples/**/*.ts',
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
);
