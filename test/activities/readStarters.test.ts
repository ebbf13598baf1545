import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { ActivityDeps } from '#activities/deps.ts';
import { createStartersActivities, type ReadStartersResult } from '#activities/starters.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createGit } from '#clients/git.ts';
import { findSite } from '#db/queries/sites.ts';
import { findStarterBySlug, listStarters } from '#db/queries/starters.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeSite } from '#test/factories/rows.ts';
import { siteConfigText } from '#test/factories/siteConfig.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const folder = mkdtempSync(join(tmpdir(), 'starters-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;

describe('reading the starters', () => {
  let repository: string;
  beforeEach(async () => {
    await database.clear();
    repository = join(folder, `projects-${(count += 1)}`);
    execFileSync('git', ['init', '--quiet', '--initial-branch=main', repository]);
  });
  const git = (...args: string[]): string => execFileSync('git', ['-c', 'user.name=A', '-c', 'user.email=a@example.edu', ...args], { cwd: repository, encoding: 'utf8' }).trim();
  /** Commits these files; null removes one. @returns the commit. */
  function push(files: Readonly<Record<string, string | null>>): string {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(repository, path)), { recursive: true });
      if (text === null) rmSync(join(repository, path));
      else writeFileSync(join(repository, path), text);
    }
    git('add', '--all');
    git('commit', '--quiet', '--allow-empty', '-m', 'Change');
    return git('rev-parse', 'HEAD');
  }
  async function read(env: Readonly<Record<string, string>> = {}, url = repository): Promise<ReadStartersResult> {
    const config = makeConfig({ OCW_HUGO_PROJECTS_GIT_URL: url, ...env });
    const deps = { config, db: database.db, git: createGit({ searchPath: config.searchPath }), workspace: await openWorkspace(join(folder, 'work')) } as unknown as ActivityDeps;
    return runActivity((input: { runId: string; phase: string }) => createStartersActivities(deps).readStarters(input), { runId: 'run', phase: 'read' });
  }
  const starters = async () => (await listStarters(database.db)).map(({ slug, commit, fault, status, removedAt }) => ({ slug, commit, fault, status, isRemoved: removedAt !== null }));
  const course = siteConfigText;
  const changedCourse = siteConfigText.replace('label: Pages', 'label: Leaves');

  it('takes each configuration of the branch, by its folder, with the commit it was read at', async () => {
    const commit = push({ 'ocw-course-v2/ocw-studio.yaml': course, 'ocw-www/ocw-studio.yaml': changedCourse, 'ocw-course-v3/config.yaml': 'theme: x', 'README.md': 'x', 'a/not-ocw-studio.yaml': 'x' });
    expect(await read()).toEqual({ taken: ['ocw-course-v2', 'ocw-www'], refused: [], removed: [], summary: `2 taken at ${commit.slice(0, 8)}`, counts: { taken: 2, refused: 0, removed: 0 } });
    expect(await findStarterBySlug(database.db, 'ocw-www')).toMatchObject({ name: 'ocw-www', commit, source: 'github', path: `${repository}/ocw-www`, config: { 'root-url-path': 'courses', collections: expect.arrayContaining([expect.objectContaining({ label: 'Leaves' })]) as unknown } });
  });

  it('takes the others when one has a fault, whose configuration in use stays', async () => {
    const first = push({ 'a/ocw-studio.yaml': course, 'b/ocw-studio.yaml': course, 'c/ocw-studio.yaml': course });
    await read();
    const second = push({ 'a/ocw-studio.yaml': changedCourse, 'b/ocw-studio.yaml': course.replace('label: Pages', 'lable: Pages'), 'c/ocw-studio.yaml': changedCourse, 'd/ocw-studio.yaml': 'a: [' });
    expect(await read()).toMatchObject({ taken: ['a', 'c'], refused: ['b', 'd'], summary: `2 taken at ${second.slice(0, 8)}; b, d refused for faults` });
    expect(await starters()).toEqual([
      { slug: 'a', commit: second, fault: null, status: 'active', isRemoved: false },
      { slug: 'b', commit: first, fault: 'collections.0.label: it is missing; it must be a text; collections.0: the key ‘lable’ is not known; did you mean ‘label’?', status: 'active', isRemoved: false },
      { slug: 'c', commit: second, fault: null, status: 'active', isRemoved: false },
      { slug: 'd', commit: null, fault: expect.stringContaining('it is not YAML') as string, status: 'inactive', isRemoved: false },
    ]);
    push({ 'd/ocw-studio.yaml': course });
    await read();
    expect(await findStarterBySlug(database.db, 'd')).toMatchObject({ fault: null, status: 'active' });
  });

  it('reports what is gone, each time, and forgets that when it comes back', async () => {
    push({ 'a/ocw-studio.yaml': course, 'b/ocw-studio.yaml': course });
    await read();
    const commit = push({ 'b/ocw-studio.yaml': null });
    expect(await read()).toMatchObject({ taken: ['a'], removed: ['b'], summary: `1 taken at ${commit.slice(0, 8)}; b no longer in the repository` });
    const since = (await findStarterBySlug(database.db, 'b'))?.removedAt;
    expect(await read()).toMatchObject({ removed: ['b'] });
    expect((await findStarterBySlug(database.db, 'b'))?.removedAt).toEqual(since);
    push({ 'b/ocw-studio.yaml': 'x: 1' });
    expect(await read()).toMatchObject({ refused: ['b'], removed: [] });
    expect(await findStarterBySlug(database.db, 'b')).toMatchObject({ removedAt: null });
  });

  it('makes the sites of a changed starter dirty, once, and no others', async () => {
    push({ 'a/ocw-studio.yaml': course, 'b/ocw-studio.yaml': course });
    await read();
    const siteOf = async (slug: string): Promise<string> => (await makeSite(database.db, { starterId: (await findStarterBySlug(database.db, slug))?.id ?? '' })).id;
    const sites = [await siteOf('a'), await siteOf('a'), await siteOf('b')];
    const revisions = async (): Promise<unknown[]> => Promise.all(sites.map(async (id) => (await findSite(database.db, id))?.contentRevision));
    push({ 'a/ocw-studio.yaml': changedCourse, 'b/ocw-studio.yaml': `# Only a comment.\n${course}` });
    await read();
    await read();
    expect(await revisions()).toEqual([1, 1, 0]);
    push({ 'a/ocw-studio.yaml': 'x: 1' });
    await read();
    expect(await revisions()).toEqual([1, 1, 0]);
  });

  it('reads the branch that pushes are told of, and says when there is none', async () => {
    push({ 'a/ocw-studio.yaml': course });
    git('checkout', '--quiet', '-b', 'release');
    push({ 'b/ocw-studio.yaml': course });
    expect(await read()).toMatchObject({ taken: ['a'] });
    expect(await read({ OCW_HUGO_PROJECTS_BRANCH: 'release' })).toMatchObject({ taken: ['a', 'b'] });
    expect(await read({ GITHUB_WEBHOOK_BRANCH: 'release' })).toMatchObject({ taken: ['a', 'b'] });
    await expect(read({ GITHUB_WEBHOOK_BRANCH: 'nowhere' })).rejects.toThrow('The projects repository has no branch ‘nowhere’.');
  });

  it('takes no link and no other name for a configuration', async () => {
    push({ 'a/ocw-studio.yaml': course });
    mkdirSync(join(repository, 'b'));
    symlinkSync('../a/ocw-studio.yaml', join(repository, 'b', 'ocw-studio.yaml'));
    push({});
    expect(await read()).toMatchObject({ taken: ['a'], refused: [] });
    push({ 'c/studio.yml': course });
    expect(await read({ OCW_STUDIO_SITE_CONFIG_FILE: 'studio.yml' })).toMatchObject({ taken: ['c'], removed: ['a'] });
  });

  it('keeps starters, names and sites when the repository moves to another address', async () => {
    push({ 'a/ocw-studio.yaml': course });
    await read();
    await database.db('starters').update({ name: 'A better name' });
    const before = await findStarterBySlug(database.db, 'a');
    const moved = join(folder, `moved-${count}`);
    execFileSync('git', ['clone', '--quiet', '--bare', repository, `${moved}.git`]);
    expect(await read({}, `${moved}.git`)).toMatchObject({ taken: ['a'], removed: [] });
    expect(await findStarterBySlug(database.db, 'a')).toEqual({ ...before, path: `${moved}/a`, updatedAt: expect.any(Date) as Date });
  });
});
