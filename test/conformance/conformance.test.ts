import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ROOT } from '#local/setup.mjs';
import { corpusOrSkip, isFullSize } from '../support/corpus.ts';
import { createDatabase } from '../support/postgres.ts';
import type { Edit } from './chooseEdit.ts';
import { editFault } from './editFault.ts';
import { reportLines, reportSummary } from './report.ts';
import { isKept, type RepositoryReport, runConformance } from './runConformance.ts';

const sample = join(ROOT, 'local', 'sample');

async function reportsOf(corpus: string, projects: string, editEvery = 1): Promise<RepositoryReport[]> {
  const database = await createDatabase();
  try {
    return await runConformance({ database, corpus, projects, editEvery });
  } finally {
    await database.drop();
  }
}

describe('what was imported is written back byte for byte, and an edit changes the lines of its field only', () => {
  it('in the sample sites, of both starters', async () => {
    const reports = await reportsOf(join(sample, 'content'), join(sample, 'projects'));
    expect(reports.map(({ repository, starter }) => [repository, starter])).toEqual([['ocw-www', 'ocw-www'], ['sample-course', 'ocw-course-v2']]);
    for (const report of reports) {
      expect(report).toMatchObject({ excepted: { notContent: 1 }, different: [], editedUnclean: [], copies: [], identical: report.files - 1, editedClean: report.edited });
      expect(report.edited).toBeGreaterThan(report.identical * 0.9);
    }
  });

  it('in real courses', async (context) => {
    const corpus = corpusOrSkip(context);
    const reports = await reportsOf(join(corpus, 'courses'), join(corpus, 'ocw-hugo-projects'), isFullSize ? 1 : 10);
    expect(reportLines(reports).at(-1)).toBe('Every promise is kept.');
    expect(reportSummary(reports)).toMatchObject({ files: 1486, identical: 1478, excepted: 8, exceptedByRule: { notContent: 8 }, different: 0, copies: 0 });
    expect(reports.reduce((sum, { edited }) => sum + edited, 0)).toBeGreaterThanOrEqual(isFullSize ? 1478 : 148);
    // Lines that are remembered are few beside those that are not.
    expect(reportSummary(reports).rememberedShare).toBeLessThan(0.1);
  });
});

describe('the check itself', () => {
  let folder: string | undefined;
  afterEach(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
    folder = undefined;
  });

  it('excepts what is no content by rule, and says when that is too much', async () => {
    folder = mkdtempSync(join(tmpdir(), 'ocw-conformance-test-'));
    const repository = join(folder, 'one');
    mkdirSync(join(repository, 'content', 'pages'), { recursive: true });
    cpSync(join(sample, 'content', 'sample-course', 'data'), join(repository, 'data'), { recursive: true });
    writeFileSync(join(repository, 'content', 'pages', 'broken.md'), '---\ntitle: [\n---\n');
    writeFileSync(join(repository, 'README.md'), 'Hello');
    const reports = await reportsOf(folder, join(sample, 'projects'));
    expect(reports).toMatchObject([{ files: 3, identical: 1, excepted: { notContent: 1, notReadable: 1 }, edited: 1, editedClean: 1 }]);
    expect(isKept(reports)).toBe(false);
    expect(reportLines(reports).slice(-2)).toEqual(['More than 2.00 % of the files are excepted.', 'A promise is broken: see the lines above.']);
  });

  it('wants a repository', async () => {
    await expect(reportsOf(join(sample, 'projects'), join(sample, 'projects'))).rejects.toThrow('holds no repository');
  });

  const title: Edit = { path: ['title'], value: 'B', body: {} };
  it.each([
    ['a.md', '---\na: 1\ntitle: A\n---\nx', '---\na: 1\ntitle: B\n---\nx', title, undefined],
    ['a.md', '---\na: "1"\ntitle: A\n---\nx', "---\na: '1'\ntitle: B\n---\nx", title, 'lines 2 to 3 differ; title has 3 to 3'],
    ['a.md', '---\na: 1\ntitle: A\n---\nx', '---\na: 2\ntitle: B\n---\nx', title, 'what is read is not what was there with title changed'],
    ['a.md', '---\ntitle: A\n---\nx', '---\ntitle: B\n---\ny', title, 'the body changed'],
    ['a.md', '---\na: 1\n---\nx', '---\na: 2\n---\nxB', { path: [], value: 'xB', body: {} }, 'something else than the body changed'],
    ['a.md', '---\na: 1\n---\nx', '---\na: 1\n---\nxB', { path: [], value: 'xB', body: {} }, undefined],
    ['a.json', '{\n  "a": 1,\n  "title": "A"\n}', '{\n  "a": 1,\n  "title": "B"\n}\n', title, 'lines 3 to 4 differ; title has 3 to 3'],
    ['a.yaml', 'm:\n- name: A\n  url: x\n- name: C\n', 'm:\n- name: A\n  url: x\n- name: B\n', { path: ['m', 1, 'name'], value: 'B', body: {} }, undefined],
    ['a.yaml', 'm:\n- name: A\n  url: x\n- name: C\n', 'm:\n- name: B\n  url: "x"\n- name: C\n', { path: ['m', 0, 'name'], value: 'B', body: {} }, 'lines 2 to 3 differ; m.0.name has 2 to 2'],
  ] as const)('sees in %s what an edit did to %j', (path, before, after, edit, fault) => {
    expect(editFault(path, before, after, edit)).toBe(fault);
  });
});
