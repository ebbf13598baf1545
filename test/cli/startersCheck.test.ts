import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteConfigText } from '#test/factories/siteConfig.ts';
import { failure, runStudio } from './support/runStudio.ts';

const folder = mkdtempSync(join(tmpdir(), 'check-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const check = (...args: string[]) => runStudio(undefined, ['starters', 'check', ...args], { directory: folder });
const faulty = siteConfigText.replace('label: Pages', 'lable: Pages').replace('widget: menu', 'widget: menus');

beforeAll(() => {
  cpSync('local/sample/projects', join(folder, 'good'), { recursive: true });
  for (const [path, text] of [['mixed/a/ocw-studio.yaml', siteConfigText], ['mixed/b/ocw-studio.yaml', faulty], ['mixed/.git/x/ocw-studio.yaml', 'x'], ['bad/a/ocw-studio.yaml', 'x: 1'], ['bad/b/ocw-studio.yaml', ''], ['theme/config.yaml', 'x'], ['other/studio.yml', siteConfigText]] as const) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
});

test('a folder in order is said to be, file by file, without a studio', async () => {
  expect(await check('good')).toEqual({ code: 0, out: 'good/ocw-course-v2/ocw-studio.yaml is in order: 7 kinds of content.\ngood/ocw-www/ocw-studio.yaml is in order: 12 kinds of content.\n', err: '' });
});

test('every fault is named with file, place and reason', async () => {
  expect(await check('mixed')).toEqual({
    code: 1,
    out: [
      'mixed/a/ocw-studio.yaml is in order: 5 kinds of content.',
      'mixed/b/ocw-studio.yaml has 3 faults:',
      '  collections.0.label: it is missing; it must be a text',
      '  collections.0: the key ‘lable’ is not known; did you mean ‘label’?',
      '  collections.4.files.0.fields.0.widget: the widget ‘menus’ is not known; did you mean ‘menu’? Known are string, text, markdown, boolean, select, hidden, file, relation, menu, hierarchical-select, website-collection, object',
      '',
    ].join('\n'),
    err: 'The studio would not take that one: sites go on with the configuration read before.\n',
  });
  expect((await check('bad')).err).toBe('The studio would not take any of them: sites go on with the configuration read before.\n');
});

test('one file is checked by its own path, and files of another name in a folder', async () => {
  expect(await check('mixed/a/ocw-studio.yaml')).toMatchObject({ code: 0 });
  expect(await check(join(folder, 'other', 'studio.yml'))).toMatchObject({ code: 0, out: 'other/studio.yml is in order: 5 kinds of content.\n' });
  expect(await check('other', '--name', 'studio.yml')).toMatchObject({ code: 0 });
});

test('what is no starter is told so', async () => {
  expect(await check('theme')).toEqual(failure('There is no ocw-studio.yaml in ‘theme’, so it is no starter. A folder with Hugo’s configuration alone, such as that of a further theme, needs none.'));
  expect(await check('nowhere')).toEqual(failure(`There is no file or folder ‘${join(folder, 'nowhere')}’.`));
});
