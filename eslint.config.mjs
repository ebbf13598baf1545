// @ts-check
import { existsSync } from 'node:fs';
import globals from 'globals';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom. Every room is listed; what a room does not name is closed to it.
 * `value` rooms may be imported, `types` rooms by `import type` only; `room/part` opens a part of a room
 * (`temporal/contracts`, `config/load`), everything else in that room stays closed.
 * @typedef {{ value: string[], types?: string[], packages?: string[], typePackages?: string[], node?: boolean }} Fence
 */

export const rooms = ['domain', 'temporal', 'workflows', 'activities', 'clients', 'db', 'config', 'api', 'worker', 'web', 'cli', 'local', 'test'];

/** What a program's entry file may add: it alone reads the configuration. */
const composition = ['config'];
const temporalPackages = '^@temporalio/';
const koaPackages = '^(?:koa(?:-.*)?|@koa/.*)$';

/** @type {{ files: string[], room: string, why: string, fence: Fence }[]} */
export const fences = [
  {
    room: 'domain',
    files: ['domain/**/*.ts'],
    why: 'domain holds pure functions and types: nothing of ours, no I/O',
    fence: { value: [], packages: [temporalPackages, koaPackages, '^(?:pg|knex|pino)(?:/|$)', '^@aws-sdk/', '^@octokit/'], node: false },
  },
  {
    room: 'temporal',
    files: ['temporal/**/*.ts'],
    why: 'temporal says what both sides agree on; it sees the types of domain only',
    fence: { value: [], types: ['domain'], packages: ['^@temporalio/(?:worker|activity|testing)(?:/|$)', koaPackages] },
  },
  {
    room: 'temporal',
    files: ['temporal/client.ts', 'temporal/schedules.ts'],
    why: 'temporal says what both sides agree on; its client sees the types of domain and config',
    fence: { value: [], types: ['domain', 'config'], packages: ['^@temporalio/(?:worker|activity|testing)(?:/|$)', koaPackages] },
  },
  {
    room: 'workflows',
    files: ['workflows/**/*.ts'],
    why: 'workflows are deterministic: contracts, profiles, failures, queues and domain; activities by type only',
    fence: {
      value: ['domain', 'temporal/contracts', 'temporal/profiles', 'temporal/failures', 'temporal/taskQueues', 'temporal/budget', 'temporal/searchAttributes', 'temporal/shortened'],
      types: ['activities'],
      packages: ['^@temporalio/(?!workflow$|common$)', koaPackages, '^(?:pg|knex|pino|vite|zod|yaml)(?:/|$)', '^@aws-sdk/', '^@octokit/'],
      node: false,
    },
  },
  {
    room: 'clients',
    files: ['clients/**/*.ts'],
    why: 'a client knows one outside service and domain; configuration by type only',
    fence: { value: ['domain'], types: ['config'], packages: [temporalPackages, koaPackages] },
  },
  {
    room: 'db',
    files: ['db/**/*.ts'],
    why: 'db knows Postgres and domain; configuration by type only',
    fence: { value: ['domain'], types: ['config'], packages: [temporalPackages, koaPackages] },
  },
  {
    room: 'db',
    files: ['db/migrate.ts'],
    why: 'the entry of the migrations wires db and config',
    fence: { value: ['domain', ...composition], packages: [temporalPackages, koaPackages] },
  },
  {
    room: 'activities',
    files: ['activities/**/*.ts'],
    why: 'activities use clients, db, domain and temporal, and the Temporal client only as it is injected',
    fence: {
      value: ['clients', 'db', 'domain', 'temporal'],
      types: ['config'],
      packages: ['^@temporalio/(?:workflow|testing)(?:/|$)', koaPackages],
      typePackages: ['^@temporalio/(?:client|worker)(?:/|$)'],
    },
  },
  {
    room: 'config',
    files: ['config/**/*.ts'],
    why: 'config reads the environment and imports nothing of ours',
    fence: { value: [], packages: [temporalPackages, koaPackages] },
  },
  {
    room: 'api',
    files: ['api/**/*.ts'],
    why: 'api uses db, domain, temporal and clients; types of workflows and config',
    fence: { value: ['db', 'domain', 'temporal', 'clients'], types: ['workflows', 'config'], packages: ['^@temporalio/(?:workflow|worker|activity|testing)(?:/|$)'] },
  },
  {
    room: 'api',
    files: ['api/contracts/**/*.ts'],
    why: 'a contract is read by the browser too: domain only',
    fence: { value: ['domain'], packages: [temporalPackages, koaPackages, '^(?:pg|knex|pino)(?:/|$)', '^@aws-sdk/', '^@octokit/'], node: false },
  },
  {
    room: 'api',
    files: ['api/main.ts'],
    why: 'the entry of the API wires db, domain, temporal, clients and config',
    fence: { value: ['db', 'domain', 'temporal', 'clients', ...composition], types: ['workflows'], packages: ['^@temporalio/(?:workflow|worker|activity|testing)(?:/|$)'] },
  },
  {
    room: 'worker',
    files: ['worker/**/*.ts'],
    why: 'worker wires everything but api and web',
    fence: { value: ['domain', 'temporal', 'workflows', 'activities', 'clients', 'db', 'config'], packages: [koaPackages] },
  },
  {
    room: 'web',
    files: ['web/**/*.ts', 'web/**/*.svelte'],
    why: 'web uses domain and the types of api/contracts; it speaks to the rest over HTTP',
    fence: { value: ['domain'], types: ['api/contracts'], packages: [temporalPackages, koaPackages, '^(?:pg|knex|pino)(?:/|$)', '^@aws-sdk/', '^@octokit/'], node: false },
  },
  {
    room: 'web',
    files: ['web/*.config.ts'],
    why: 'web’s build settings use Node; the rest of web’s fence stays',
    fence: { value: ['domain'], types: ['api/contracts'], packages: [temporalPackages, koaPackages] },
  },
  {
    room: 'cli',
    files: ['cli/**/*.ts'],
    why: 'cli uses domain and the types of api/contracts; it speaks to the rest over HTTP',
    fence: { value: ['domain'], types: ['api/contracts'], packages: [temporalPackages, koaPackages, '^(?:pg|knex)(?:/|$)', '^@aws-sdk/', '^@octokit/'] },
  },
  {
    room: 'local',
    files: ['local/**/*.mjs', 'local/**/*.ts'],
    why: 'local speaks the vendors’ wire formats and imports no room of ours but config',
    fence: { value: ['config'] },
  },
];

/** Matches an import of a room (or a part of it) by its name and by any relative way. @param {string} target */
const into = (target) => `(?:#|(?:\\.{1,2}/)+)${target.includes('/') ? `${target}(?:\\.ts$|/|$)` : `${target}(?:/|$)`}`;

/** The patterns that are closed altogether, and those that are open to types. @param {string} room @param {Fence} fence */
function patternsOf(room, fence) {
  /** @type {string[]} */
  const closed = [];
  /** @type {string[]} */
  const typesOnly = [];
  for (const other of rooms) {
    if (other === room) continue;
    const value = fence.value.filter((entry) => entry === other || entry.startsWith(`${other}/`));
    const types = (fence.types ?? []).filter((entry) => entry === other || entry.startsWith(`${other}/`));
    if (value.includes(other)) continue;
    /** @param {string[]} open */
    const except = (open) => (open.length === 0 ? '' : `(?!${open.map((entry) => into(entry)).join('|')})`);
    // A room's own sub-folder may carry another room's name; `./clients/…` is the room's own, `../clients/…` is judged.
    /** @param {string} target */
    const outOfRoom = (target) => into(target).replace('(?:\\.{1,2}/)+', '(?:\\.{1,2}/)*\\.\\./');
    const whole = outOfRoom(other);
    if (!types.includes(other)) closed.push(`^${except([...value, ...types])}${whole}`);
    // An import of types passes as soon as one pattern with allowTypeImports matches it, so such a pattern names the open part exactly.
    typesOnly.push(...types.map((entry) => `^${outOfRoom(entry)}`));
  }
  if (fence.node === false) closed.push('^node:', '^(?:fs|path|os|crypto|child_process|http|https|net|stream|url|util|worker_threads|process)(?:/|$)');
  // Out through a folder and back in again would slip past every pattern above.
  closed.push('[^./][^/]*/\\.\\./', ...(fence.packages ?? []));
  typesOnly.push(...(fence.typePackages ?? []));
  return { closed, typesOnly };
}

/** A regular expression as esquery reads it between slashes. @param {string} pattern */
const inSelector = (pattern) => `/${pattern.replaceAll('/', '\\u002F')}/`;

/** @param {typeof fences[number]} entry */
function importRules({ room, why, fence }) {
  const { closed, typesOnly } = patternsOf(room, fence);
  return {
    restrictedImports: {
      patterns: [
        // `regex`, not `group`: a group that starts with # is read as a comment and matches nothing.
        ...closed.map((regex) => ({ regex, caseSensitive: true, message: `Closed: ${why}.` })),
        ...typesOnly.map((regex) => ({ regex, caseSensitive: true, allowTypeImports: true, message: `Types only (import type): ${why}.` })),
      ],
    },
    // no-restricted-imports does not see import().
    restrictedSyntax: [
      ...[...closed, ...typesOnly].map((pattern) => ({ selector: `ImportExpression[source.value=${inSelector(pattern)}]`, message: `Closed: ${why}.` })),
      { selector: 'ImportExpression[source.type!="Literal"]', message: 'An import() of a computed path cannot be checked: write the path as a plain string.' },
      ...closed.map((pattern) => ({ selector: `TSImportType[source.value=${inSelector(pattern)}]`, message: `Closed: ${why}.` })),
    ],
  };
}

const pureSyntax = [
  { selector: 'NewExpression[callee.name="Date"][arguments.length=0]', message: 'No clock in here: take the time as an argument.' },
  { selector: 'CallExpression[callee.object.name="Date"][callee.property.name="now"]', message: 'No clock in here: take the time as an argument.' },
  { selector: 'CallExpression[callee.object.name="Math"][callee.property.name="random"]', message: 'No randomness in here: take the value as an argument.' },
  { selector: 'CallExpression[callee.object.name="performance"]', message: 'No clock in here: take the time as an argument.' },
];
/** Globals that reach outside. */
const outside = ['process', 'fetch', 'console', 'require', 'XMLHttpRequest', 'WebSocket'].map((name) => ({ name, message: 'This room reaches nothing outside itself.' }));
const timers = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'crypto'].map((name) => ({ name, message: 'No timers and no randomness in here.' }));
/** Temporal makes Date, Math.random and timers deterministic inside a workflow; these it cannot. */
const undeterministic = [
  { selector: 'CallExpression[callee.object.name="performance"]', message: 'A workflow has no other clock than Date, which Temporal replays.' },
  { selector: 'CallExpression[callee.object.name="crypto"]', message: 'Use uuid4 of @temporalio/workflow, which replays.' },
  { selector: 'NewExpression[callee.name=/^(WeakRef|FinalizationRegistry)$/]', message: 'What depends on garbage collection does not replay.' },
  { selector: 'CallExpression[callee.name="setInterval"]', message: 'Use a loop with sleep: an interval never ends a workflow.' },
];

/** @param {typeof fences[number]} entry @returns {import('eslint').Linter.Config} */
function fenceConfig(entry) {
  const { restrictedImports, restrictedSyntax } = importRules(entry);
  const extra = entry.room === 'domain' ? pureSyntax : entry.room === 'workflows' ? undeterministic : [];
  return {
    name: `fence of ${entry.files[0] ?? entry.room}`,
    files: entry.files,
    rules: {
      '@typescript-eslint/no-restricted-imports': ['error', restrictedImports],
      'no-restricted-syntax': ['error', ...restrictedSyntax, ...extra],
    },
  };
}

/** A directive that switches a rule off must say why, after ` -- `. @type {import('eslint').Rule.RuleModule} */
const describedSuppressions = {
  meta: { type: 'suggestion', schema: [], messages: { why: 'Say why, after " -- ": a suppression carries its reason.' } },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (!/^\s*eslint-disable/.test(comment.value) || /\s--\s+\S/.test(comment.value) || comment.loc == null) continue;
        context.report({ loc: comment.loc, messageId: 'why' });
      }
    },
  }),
};

/** @type {import('eslint').Linter.RulesRecord} */
const javascriptRules = {
  eqeqeq: ['error', 'always', { null: 'ignore' }],
  'no-constant-binary-expression': 'error',
  'no-dupe-else-if': 'error',
  'no-dupe-keys': 'error',
  'no-duplicate-case': 'error',
  'no-empty': 'error',
  'no-fallthrough': 'error',
  'no-irregular-whitespace': 'error',
  'no-self-compare': 'error',
  'no-unreachable': 'error',
  'no-unsafe-finally': 'error',
  'no-unused-expressions': 'off',
  'no-var': 'error',
  'prefer-const': 'error',
  'require-yield': 'error',
  'use-isnan': 'error',
  'valid-typeof': 'error',
  'max-lines': ['error', { max: 600 }],
  'house/described-suppressions': 'error',
};

const typescriptFiles = ['**/*.ts'];
const svelteFiles = ['**/*.svelte', '**/*.svelte.ts'];
const extraFileExtensions = ['.svelte'];

export default tseslint.config(
  { ignores: ['node_modules/', '.studio/', '**/dist/', 'coverage/', 'test/fixtures/', 'test/histories/', 'test/golden/', '**/*.d.ts', 'local/theme/', 'local/content/', 'local/projects/', 'web/.canary-*/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' }, plugins: { house: { rules: { 'described-suppressions': describedSuppressions } } } },
  { files: ['**/*.{ts,mjs,cjs,js,svelte}'], rules: javascriptRules },
  {
    files: ['**/*.{mjs,cjs,js}'],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: globals.node },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: { 'no-undef': 'error', 'no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' } },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: [...typescriptFiles, '**/*.svelte'] })),
  ...svelte.configs.recommended.map((config) => (config.files === undefined ? { ...config, files: svelteFiles } : config)),
  {
    files: [...typescriptFiles, '**/*.svelte'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions } },
    rules: {
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': 'allow-with-description', 'ts-ignore': true, 'ts-nocheck': true, minimumDescriptionLength: 10 }],
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false, arguments: false } }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // An async function without await keeps an interface's shape; a number in a template is no accident.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'no-undef': 'off',
    },
  },
  {
    files: svelteFiles,
    languageOptions: { globals: globals.browser, parserOptions: { parser: tseslint.parser, projectService: true, tsconfigRootDir: import.meta.dirname, extraFileExtensions } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      // `let { value = $bindable() } = $props()` is how Svelte says it; its own rule knows the runes.
      'prefer-const': 'off',
      'svelte/prefer-const': 'error',
      // Routes are ours, not SvelteKit's.
      'svelte/no-navigation-without-resolve': 'off',
      // Types of component properties are not known to the linter without compiling them; svelte-check checks them.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  ...fences.map(fenceConfig),
  {
    name: 'only config reads the environment',
    files: ['temporal/**/*.ts', 'clients/**/*.ts', 'db/**/*.ts', 'activities/**/*.ts', 'api/**/*.ts', 'worker/**/*.ts', 'cli/**/*.ts'],
    rules: { 'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Only config/ reads the environment: take the value from the configuration you are given.' }] },
  },
  // The command line knows two variables of its own; its entry hands them on.
  { name: 'the command line’s entry', files: ['cli/main.ts'], rules: { 'no-restricted-properties': 'off' } },
  {
    name: 'nothing writes to the console but the command line and the bootstrap',
    files: ['temporal/**/*.ts', 'clients/**/*.ts', 'db/**/*.ts', 'activities/**/*.ts', 'api/**/*.ts', 'worker/**/*.ts', 'config/**/*.ts', 'web/**/*.{ts,svelte}', 'local/**/*.mjs'],
    rules: { 'no-console': 'error' },
  },
  // Knex types rows as any; each query declares its row right where it reads it.
  { name: 'rows are declared where they are read', files: ['db/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-assignment': 'off' } },
  // Koa types what next() resolves to as any, and every middleware may return it.
  { name: 'middleware hands on', files: ['api/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-return': 'off' } },
  { name: 'domain is pure', files: ['domain/**/*.ts'], rules: { 'no-restricted-globals': ['error', ...outside, ...timers] } },
  { name: 'workflows are deterministic', files: ['workflows/**/*.ts'], rules: { 'no-restricted-globals': ['error', ...outside] } },
  {
    name: 'tests',
    files: ['test/**/*.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: 'CallExpression[callee.object.name="vi"][callee.property.name=/^(mock|doMock)$/]', message: 'No module mocks: stand-ins answer over HTTP, so that the real SDK runs.' },
        { selector: 'MemberExpression[object.name=/^(test|it|describe|suite)$/][property.name="only"]', message: 'A focused test hides the others.' },
      ],
    },
  },
  // Files of the web that have no TypeScript settings yet are parsed without types rather than refused.
  ...(existsSync(new URL('./web/tsconfig.json', import.meta.url)) ? [] : [{ files: ['web/**', 'test/web/**'], ...tseslint.configs.disableTypeChecked }]),
  { files: ['test/web/**/*.{ts,svelte}'], ...tseslint.configs.disableTypeChecked },
);
