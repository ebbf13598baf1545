import { ESLint } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, test } from 'vitest';
import { root } from './support/tree.ts';

/**
 * The table "who may import whom", written down a second time and on purpose not read from eslint.config.mjs.
 * `types` rooms are open to `import type` only; all rooms named nowhere are closed.
 */
interface Row {
  readonly file: string;
  readonly value: readonly string[];
  readonly types: readonly string[];
  readonly closedPackages?: readonly string[];
  readonly typePackages?: readonly string[];
  readonly node: boolean;
}

const rooms = ['domain', 'temporal', 'workflows', 'activities', 'clients', 'db', 'config', 'api', 'worker', 'web', 'cli', 'local', 'test'] as const;

const table: readonly Row[] = [
  { file: 'domain/x.ts', value: [], types: [], closedPackages: ['@temporalio/common', 'koa', 'knex', 'pg'], node: false },
  { file: 'temporal/x.ts', value: [], types: ['domain'], closedPackages: ['@temporalio/worker', 'koa'], node: true },
  { file: 'temporal/contracts/x.ts', value: [], types: ['domain'], closedPackages: ['@temporalio/activity'], node: true },
  { file: 'temporal/client.ts', value: [], types: ['domain', 'config'], node: true },
  { file: 'workflows/x.ts', value: ['domain'], types: ['activities'], closedPackages: ['@temporalio/client', '@temporalio/worker', '@temporalio/activity', 'knex', 'koa'], node: false },
  { file: 'clients/x.ts', value: ['domain'], types: ['config'], closedPackages: ['@temporalio/common', 'koa', '@koa/router'], node: true },
  { file: 'db/queries/x.ts', value: ['domain'], types: ['config'], closedPackages: ['@temporalio/client', 'koa'], node: true },
  {
    file: 'activities/x.ts',
    value: ['clients', 'db', 'domain', 'temporal'],
    types: ['config'],
    closedPackages: ['@temporalio/workflow', 'koa'],
    typePackages: ['@temporalio/client'],
    node: true,
  },
  { file: 'config/x.ts', value: [], types: [], closedPackages: ['@temporalio/common', 'koa'], node: true },
  { file: 'api/routes/x.ts', value: ['db', 'domain', 'temporal', 'clients'], types: ['workflows', 'config'], closedPackages: ['@temporalio/worker', '@temporalio/activity'], node: true },
  { file: 'api/main.ts', value: ['db', 'domain', 'temporal', 'clients', 'config'], types: ['workflows'], closedPackages: ['@temporalio/worker'], node: true },
  { file: 'worker/x.ts', value: ['domain', 'temporal', 'workflows', 'activities', 'clients', 'db', 'config'], types: [], closedPackages: ['koa'], node: true },
  { file: 'web/src/features/sites/x.ts', value: ['domain'], types: [], closedPackages: ['knex', '@temporalio/client', 'koa'], node: false },
  { file: 'cli/x.ts', value: ['domain'], types: [], closedPackages: ['knex', '@temporalio/client', 'koa'], node: true },
  { file: 'local/x.mjs', value: ['config'], types: [], node: true },
];

const ruleIds = ['@typescript-eslint/no-restricted-imports', 'no-restricted-syntax'];
const linter = new ESLint({
  cwd: root,
  // Types play no part in who imports whom, and without them a text is judged in milliseconds.
  overrideConfig: [{ ...tseslint.configs.disableTypeChecked, files: ['**/*'] }],
  ruleFilter: ({ ruleId }) => ruleIds.includes(ruleId),
});

/** Marks the names of a form, so that many forms can stand in one text. */
const numbered = (form: string, index: number): string => form.replace(/\b(a|b|A|B|load)\b(?!')/g, (name) => `${name}${String(index)}`);

/** For each form the complaint about it, as if all stood in `file`, one on a line; undefined where the linter is content. */
async function complaints(file: string, forms: readonly string[]): Promise<(string | undefined)[]> {
  const svelte = file.endsWith('.svelte');
  const code = forms.map(numbered).join('\n');
  const [result] = await linter.lintText(svelte ? `<script lang="ts">\n${code}\n</script>\n` : code, { filePath: `${root}/${file}`, warnIgnored: true });
  const messages = result?.messages ?? [];
  const broken = messages.find((message) => message.fatal === true || message.ruleId === null);
  if (broken !== undefined) throw new Error(`${file} cannot be judged: ${broken.message}\n${code}`);
  return forms.map((_, index) => messages.find((message) => message.line === index + (svelte ? 2 : 1))?.message);
}

/** A relative way out of the folder of `file` to the root. */
const up = (file: string): string => '../'.repeat(file.split('/').length - 1);

const valueForms = (specifier: string): string[] => [
  `import { a } from '${specifier}'; a();`,
  `import '${specifier}';`,
  `export { a } from '${specifier}';`,
  `export * from '${specifier}';`,
  `export const load = () => import('${specifier}');`,
  `export const load = () => import(\`${specifier}\`);`,
];
const typeForms = (specifier: string): string[] => [
  `import type { A } from '${specifier}'; export type B = A;`,
  `import { type A } from '${specifier}'; export type B = A;`,
  `export type { A } from '${specifier}';`,
  `export type B = import('${specifier}').A;`,
];

async function expectEachReported(file: string, forms: readonly string[]): Promise<void> {
  const found = await complaints(file, forms);
  expect(
    forms.filter((_, index) => found[index] === undefined),
    `forms that must be reported in ${file} and are not`,
  ).toEqual([]);
}

async function expectNoneReported(file: string, forms: readonly string[]): Promise<void> {
  const found = await complaints(file, forms);
  expect(
    forms.flatMap((form, index) => (found[index] === undefined ? [] : [`${form} -> ${found[index]}`])),
    `forms that ${file} may say and that are reported`,
  ).toEqual([]);
}

const typed = (file: string): boolean => !file.endsWith('.mjs');
/** The forms that are plain imports: a computed import() is refused everywhere, and `import().T` has a rule of its own. */
const plainValueForms = (specifier: string): string[] => valueForms(specifier).slice(0, 5);
const plainTypeForms = (specifier: string): string[] => typeForms(specifier).slice(0, 3);

const svelteRow: Row = { file: 'web/src/ui/X.svelte', value: ['domain'], types: [], node: false };

describe.each([...table, svelteRow])('$file', (row) => {
  const isSvelte = row.file.endsWith('.svelte');
  const own = row.file.split('/')[0] ?? '';
  // A component's script may not export from elsewhere: only the imports are tried there.
  const forms = (all: string[]): string[] => (isSvelte ? all.filter((form) => form.startsWith('import ')) : all);
  const waysTo = (room: string): string[] => [`#${room}/y.ts`, `${up(row.file)}${room}/y.ts`, `${up(row.file)}${room}`];

  test('closed rooms are reported in every form', async () => {
    const closed = rooms.filter((room) => room !== own && !row.value.includes(room) && !row.types.includes(room));
    const all = closed.flatMap(waysTo).flatMap((way) => [...valueForms(way), ...(typed(row.file) ? typeForms(way) : [])]);
    await expectEachReported(row.file, forms(all));
  });

  test('rooms open to types are closed to values', async () => {
    const ways = row.types.flatMap(waysTo);
    await expectEachReported(row.file, forms(ways.flatMap(valueForms)));
    await expectNoneReported(row.file, forms(ways.flatMap(plainTypeForms)));
  });

  test('open rooms and the own room are open', async () => {
    const ways = [...row.value.flatMap(waysTo), './y.ts', `#${own}/y.ts`];
    await expectNoneReported(row.file, forms(ways.flatMap((way) => [...plainValueForms(way), ...(typed(row.file) ? plainTypeForms(way) : [])])));
  });

  test('closed packages are reported', async () => {
    const typePackages = row.typePackages ?? [];
    await expectEachReported(row.file, forms([...(row.closedPackages ?? []), ...typePackages].flatMap(plainValueForms)));
    await expectNoneReported(row.file, forms(typePackages.flatMap(plainTypeForms)));
  });

  test(row.node ? 'Node’s modules are open' : 'Node’s modules are closed', async () => {
    const all = forms(['node:fs', 'node:crypto', 'fs'].flatMap(plainValueForms));
    await (row.node ? expectNoneReported(row.file, all) : expectEachReported(row.file, all));
  });

  test('out through a folder and back in is reported', async () => {
    await expectEachReported(row.file, forms([`import { a } from './folder/../../db/x.ts'; a();`]));
  });
});

describe('parts of rooms', () => {
  test('workflows see the agreed parts of temporal, and never its client', async () => {
    for (const part of ['contracts/publishSite', 'profiles', 'failures', 'taskQueues']) {
      await expectNoneReported('workflows/x.ts', plainValueForms(`#temporal/${part}.ts`));
      await expectNoneReported('workflows/x.ts', plainValueForms(`../temporal/${part}.ts`));
    }
    for (const part of ['client', 'converter', 'schedules']) {
      await expectEachReported('workflows/x.ts', [...valueForms(`#temporal/${part}.ts`), ...valueForms(`../temporal/${part}.ts`), ...typeForms(`#temporal/${part}.ts`)]);
    }
  });

  test.each(['web/src/lib/x.ts', 'cli/x.ts'])('%s sees the types of the API’s contracts and nothing else of it', async (file) => {
    for (const way of ['#api/contracts/sites.ts', `${up(file)}api/contracts/sites.ts`]) {
      await expectNoneReported(file, plainTypeForms(way));
      await expectEachReported(file, valueForms(way));
    }
    await expectEachReported(file, [...valueForms('#api/app.ts'), ...typeForms('#api/routes/sites.ts'), ...typeForms(`${up(file)}api/app.ts`)]);
  });

  test('the API’s contracts can be read by a browser', async () => {
    await expectNoneReported('api/contracts/x.ts', [...plainValueForms('#domain/x.ts'), ...plainValueForms('zod')]);
    await expectEachReported('api/contracts/x.ts', [...valueForms('#db/x.ts'), ...valueForms('#temporal/x.ts'), ...valueForms('node:fs'), ...valueForms('koa')]);
  });
});

test('the clock and randomness are closed to domain', async () => {
  await expectEachReported('domain/x.ts', ['export const a = Date.now();', 'export const a = new Date();', 'export const a = Math.random();']);
  await expectNoneReported('domain/x.ts', ['export const a = (ms: number) => new Date(ms);', 'export const a = Math.max(1, 2);']);
});

test('a module mock and a focused test are reported', async () => {
  await expectEachReported('test/domain/x.test.ts', ["vi.mock('node:fs');", "vi.doMock('node:fs');", "test.only('x', () => {});", "describe.only('x', () => {});"]);
  await expectNoneReported('test/domain/x.test.ts', ['vi.fn();', "import { a } from '#db/x.ts'; a();"]);
});
