import { expect, test } from 'vitest';
import { rooms as fenced } from '../../eslint.config.mjs';
import { projectFiles } from '../../vitest.config.ts';
import { expectNone } from './support/expectNone.ts';
import { files, read, rooms, sources } from './support/tree.ts';

const asPattern = (glob: string): RegExp => new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('**/', '(?:.+/)?').replaceAll(/(?<!\()\*/g, '[^/]*')}$`);
const matches = (path: string, globs: readonly string[]): boolean => globs.some((glob) => asPattern(glob).test(path));
const projects = Object.entries(projectFiles);
const tests = files().filter((path) => path.startsWith('test/') && path.endsWith('.test.ts'));

test('every test belongs to exactly one project', () => {
  const homes = tests.map((path) => ({ path, in: projects.filter(([, project]) => matches(path, project.include) && !matches(path, project.exclude)).map(([name]) => name) }));
  expectNone(homes.filter((home) => home.in.length !== 1).map((home) => `${home.path} belongs to ${home.in.length === 0 ? 'no project' : home.in.join(' and ')} of vitest.config.ts.`));
});

test('every project finds a test', () => {
  expectNone(projects.filter(([, project]) => !tests.some((path) => matches(path, project.include) && !matches(path, project.exclude))).map(([name]) => `The project ${name} of vitest.config.ts finds no test.`));
});

test('every room is fenced, and every source file lies in a room', () => {
  expect([...fenced].sort()).toEqual([...rooms].sort());
  expectNone(
    sources()
      .filter((path) => path.includes('/') && !rooms.some((room) => path.startsWith(`${room}/`)))
      .map((path) => `${path} lies in no room of the house.`),
  );
});

test('every room that code names by # is in package.json, and leads to its folder', () => {
  const { imports } = JSON.parse(read('package.json')) as { imports: Record<string, string> };
  for (const [name, target] of Object.entries(imports)) expect(target).toBe(`./${name.slice(1)}`);
  expect(rooms.filter((room) => imports[`#${room}/*`] === undefined && room !== 'web')).toEqual([]);
});

test('every script of package.json hands its signals to Node', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const [name, script] of Object.entries(scripts)) expect(script, name).toMatch(/(?:^|\w=\S+ )exec node /);
});
