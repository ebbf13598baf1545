import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PullPlan } from '#api/contracts/pulls.ts';
import { ROOT } from '#local/setup.mjs';
import { corpusFolder, noCorpus } from '#test/support/corpus.ts';
import { startStudio, type Studio } from '#test/support/studio.ts';

const run = promisify(execFile);
const corpus = corpusFolder();
const sample = join(ROOT, 'local', 'sample', 'content', 'sample-course');

interface Pulled {
  readonly runId: string;
  readonly state: string;
  readonly plan: PullPlan;
}

describe('the repository of a site, edited by hand', () => {
  let studio: Studio;
  const folder = mkdtempSync(join(tmpdir(), 'ocw-pull-'));
  beforeAll(async () => {
    studio = await startStudio();
    await studio.cliJson('starters', 'sync', '--wait');
    await studio.cliJson('import', join(ROOT, 'local', 'sample', 'content', 'ocw-www'), '--starter', 'ocw-www', '--name', 'ocw-www');
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    expect(studio.unexpectedEnds).toEqual([]);
    expect((await studio.journal('github')).filter((entry) => entry.unexpected === true)).toEqual([]);
    await studio.stop();
  });

  const itemsOf = (siteName: string) => studio.query<{ text_id: string; revision: number; state: string }>(`select text_id, c.revision, md5(jsonb_build_array(type, c.title, dirpath, filename, metadata, markdown, file, deleted_at)::text) as state from content_items c join sites s on s.id = c.site_id where s.name = $1 order by text_id`, [siteName]);

  /** Publishes the draft and says how many files that committed. */
  async function filesCommitted(siteName: string): Promise<number | undefined> {
    const published = await studio.untilRun((await studio.publish(siteName, 'draft')).id);
    expect(published.phases.find(({ id }) => id === 'freeze')?.state).toBe('done');
    const commit = published.phases.find(({ id }) => id === 'commit');
    expect(commit?.state).toBe('done');
    return commit?.counts['files'];
  }

  const courses = [
    { name: 'the sample course', source: sample, skipped: false },
    { name: corpus === null ? `a real course: ${noCorpus}` : 'a real course', source: join(corpus ?? '', 'courses', '18.065-spring-2018'), skipped: corpus === null },
  ];
  describe.each(courses)('$name', ({ source, skipped }) => {
    it.skipIf(skipped)('changes that item and that field in the studio, and leaves nothing to commit', async () => {
      const { site } = await studio.cliJson<{ site: string }>('import', source, '--starter', 'ocw-course-v2', ...(corpus === null ? [] : ['--instructors', join(corpus, 'instructors')]));
      const { shortId } = await studio.call('GET /api/v1/sites/:site', { params: { site } });
      expect(await filesCommitted(site)).toBe(0);

      const clone = mkdtempSync(join(folder, 'clone-'));
      await run('git', ['clone', '--quiet', '--branch', 'main', studio.cloneUrl(shortId), clone]);
      const page = readdirSync(join(clone, 'content', 'pages')).find((name) => name.endsWith('.md')) ?? '';
      const path = `content/pages/${page}`;
      const before = readFileSync(join(clone, path), 'utf8');
      writeFileSync(join(clone, path), before.replace(/^title: .*$/m, 'title: Edited by hand'));
      await run('git', ['-C', clone, '-c', 'user.name=Hand', '-c', 'user.email=hand@example.edu', 'commit', '--quiet', '--all', '-m', 'By hand']);
      await run('git', ['-C', clone, 'push', '--quiet', 'origin', 'main']);

      const items = await itemsOf(site);
      const dry = await studio.cliJson<Pulled>('import', '--site', site, '--dry-run');
      expect(dry.plan.lines.filter(({ action }) => action !== 'unchanged' && action !== 'kept')).toEqual([{ action: 'change', path, textId: expect.any(String) as string, fields: ['title'], reason: null }]);
      expect(await itemsOf(site)).toEqual(items);

      const pulled = await studio.cliJson<Pulled>('import', '--site', site, '--wait');
      expect(pulled.plan).toEqual({ ...dry.plan, dryRun: false });
      const textId = pulled.plan.lines.find(({ action }) => action === 'change')?.textId;
      const after = await itemsOf(site);
      expect(after.filter((item, index) => item.state !== items[index]?.state || item.revision !== items[index]?.revision).map((item) => [item.text_id, item.revision])).toEqual([[textId, 2]]);
      expect(after).toHaveLength(items.length);

      expect(await filesCommitted(site)).toBe(0);
      const again = await studio.cliJson<Pulled>('import', '--site', site, '--wait');
      expect(again.plan.counts).toMatchObject({ add: 0, change: 0, delete: 0, missing: 0, conflict: 0, refused: 0 });
      const { stdout } = await run('git', ['ls-remote', studio.cloneUrl(shortId), 'refs/heads/main']);
      expect(stdout.slice(0, 40)).toBe(pulled.plan.commit);
    });
  });
});
