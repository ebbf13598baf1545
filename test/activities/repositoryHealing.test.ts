import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createContentActivities } from '#activities/content.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { createRepositoryActivities, repositoryUrl } from '#activities/repository.ts';
import { createSiteRepositoryActivities, type RemoveOrphansInput } from '#activities/siteRepository.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createGit, type FileChange, type GitClient } from '#clients/git.ts';
import { createGitHub } from '#clients/github.ts';
import { changeContentItem, putContentItem } from '#db/queries/contentChanges.ts';
import { listContentItems } from '#db/queries/contentItems.ts';
import { findRepository } from '#db/queries/repositories.ts';
import { findRun, moveRun } from '#db/queries/runs.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { createGitHub as createStandIn } from '#local/standins/github/createGitHub.mjs';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRun, makeSite, makeUser } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const folder = mkdtempSync(join(tmpdir(), 'healing-'));
let url = '';
const standIn = createStandIn({ home: join(folder, 'github'), org: 'ocw-content', token: 'good', publicUrl: () => url, contentLimit: false });

let deps: ActivityDeps;
let git: GitClient;
beforeAll(async () => {
  url = await standIn.listen();
  const config = makeConfig({ ...buckets.env, GIT_API_URL: url, GIT_CLONE_BASE_URL: url, GIT_TOKEN: 'good' });
  git = createGit({ searchPath: config.searchPath, credentials: [{ scope: url, token: 'good' }] });
  deps = { config, db: database.db, s3: buckets.s3, git, github: createGitHub(config), workspace: await openWorkspace(join(folder, 'work')) } as unknown as ActivityDeps;
});
afterAll(async () => {
  await standIn.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the repository of a site', () => {
  let site: SiteRow;
  beforeEach(async () => {
    site = await makeSite(database.db);
  });
  const inRepository = (...args: string[]): string => execFileSync('git', args, { cwd: join(folder, 'github', 'ocw-content', `${site.shortId}.git`), encoding: 'utf8' }).trim();
  const files = (branch = 'main'): string[] => inRepository('ls-tree', '-r', '--name-only', branch).split('\n').sort();
  const log = (): string[] => inRepository('log', '--reverse', '--format=%an <%ae>: %s', 'main').split('\n');

  async function save(textId: string, filename: string, markdown = 'Body\n', email = 'ada@example.edu'): Promise<void> {
    const person = await makeUser(database.db, email);
    await database.db.transaction((trx) => putContentItem(trx, { siteId: site.id, item: makeContentItem({ textId, filename, markdown }), by: person.id, reason: 'edited' }));
  }
  const remove = (textId: string): Promise<unknown> => database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));

  async function freeze(given: ActivityDeps = deps) {
    const runId = await makeRun(database.db, { siteId: site.id, process: 'site-repo', version: null });
    const frozen = await runActivity((input: { runId: string; phase: string; siteId: string }) => createContentActivities(given).freezeRevision(input), { runId, phase: 'freeze', siteId: site.id });
    return { siteId: site.id, runId, phase: 'commit', snapshotKey: frozen.snapshotKey, revision: frozen.revision };
  }
  type Frozen = Awaited<ReturnType<typeof freeze>>;
  const commitFrozen = (frozen: Frozen, given: ActivityDeps = deps) => runActivity((input: Frozen & { overwrite?: boolean }) => createSiteRepositoryActivities(given).commitSaved(input), frozen);
  const commit = async (options: { overwrite?: boolean } = {}, given: ActivityDeps = deps) => {
    const frozen = await freeze(given);
    return { ...(await commitFrozen({ ...frozen, ...options }, given)), runId: frozen.runId };
  };
  const warningsOf = async (runId: string) => ((await findRun(database.db, runId))?.warnings ?? []).map(({ file, message }) => ({ file, message }));
  const errorOf = (work: Promise<unknown>): Promise<unknown> => work.then(() => new Error('it worked'), (error: unknown) => error);

  /** Pushes to main as a person does, from a clone of their own. */
  let pushes = 0;
  async function pushByHand(changes: readonly FileChange[], message = 'By hand'): Promise<void> {
    const remote = repositoryUrl(deps.config, site);
    const clone = join(folder, `clone-${(pushes += 1)}`);
    await git.updateMirror(remote, clone);
    await git.commitAndPush(remote, clone, 'main', await git.headOf(clone, 'main'), [{ authorName: 'Gus', authorEmail: 'gus@example.edu', message, changes }], 'hand');
  }

  it('is made by the first commit, with its branches, and needs no address for that', async () => {
    await database.db('sites').where({ id: site.id }).update({ url_path: null });
    await save('one', 'one');
    expect(await commit()).toMatchObject({ commits: 1, filesChanged: 1, summary: expect.stringMatching(/^1 file in 1 commit; main at [0-9a-f]{8}$/) as string });
    expect(files()).toEqual(['README.md', 'content/pages/one.md']);
    // What is saved is committed; what is published is merged.
    expect(files('preview')).toEqual(['README.md']);
    expect(log()).toEqual(['GitHub <noreply@github.example>: Initial commit', 'ada <ada@example.edu>: Sync all content']);
    expect(await findRepository(database.db, site.id)).toMatchObject({ mainHead: inRepository('rev-parse', 'main') });
  });

  it('is left alone while the import of the site makes it', async () => {
    await save('one', 'one');
    const importing = await makeRun(database.db, { siteId: site.id, process: 'import-site', version: null });
    const frozen = await freeze();
    expect(await errorOf(commitFrozen(frozen))).toMatchObject({ type: 'GitPushRaced', message: expect.stringContaining('is still making its repository') as string });
    expect(standIn.repositories.exists('ocw-content', site.shortId)).toBe(false);
    await moveRun(database.db, { runId: importing, state: 'succeeded' });
    expect(await commitFrozen(frozen)).toMatchObject({ commits: 1 });
  });

  it('is made empty by request, and found the second time', async () => {
    const ensure = async () => runActivity((input: { runId: string; phase: string; siteId: string }) => createSiteRepositoryActivities(deps).ensureSiteRepository(input), { runId: await makeRun(database.db, { siteId: site.id }), phase: 'repository', siteId: site.id });
    expect(await ensure()).toEqual({ summary: `ocw-content/${site.shortId} was created`, counts: { created: 1 } });
    expect(await ensure()).toEqual({ summary: `ocw-content/${site.shortId} was there already`, counts: { created: 0 } });
    const head = inRepository('rev-parse', 'main');
    expect(await findRepository(database.db, site.id)).toMatchObject({ htmlUrl: `${url}/ocw-content/${site.shortId}`, mainHead: head, previewHead: head, releaseHead: head });
    expect(inRepository('symbolic-ref', '--short', 'HEAD')).toBe('main');
  });

  it('that was lost is made again with every item, not only those that changed', async () => {
    await save('one', 'one');
    await save('two', 'two');
    await commit();
    await standIn.repositories.remove('ocw-content', site.shortId);
    await save('three', 'three', 'New\n', 'gus@example.edu');
    const { runId } = await commit();
    expect(files()).toEqual(['README.md', 'content/pages/one.md', 'content/pages/three.md', 'content/pages/two.md']);
    expect(log().slice(1)).toEqual(['gus <gus@example.edu>: Sync all content', 'OCW Studio <anonymous@example.edu>: Sync all content']);
    expect(await warningsOf(runId)).toEqual([{ file: undefined, message: 'The repository had lost 2 files; they were written again.' }]);
    const again = await commit();
    expect(again).toMatchObject({ commits: 0 });
    expect(await warningsOf(again.runId)).toEqual([]);
  });

  it('whose history was rewritten to before a page was there gets it again while nothing changed', async () => {
    await save('one', 'one');
    await commit();
    inRepository('update-ref', 'refs/heads/main', 'main~1');
    expect(await commit()).toMatchObject({ commits: 1, filesChanged: 1 });
    expect(files()).toEqual(['README.md', 'content/pages/one.md']);
  });

  it('gets a page again that was brought back while its removal was on its way', async () => {
    await save('one', 'one');
    await commit();
    await remove('one');
    const frozen = await freeze();
    await save('one', 'one');
    await commitFrozen(frozen);
    expect((await listContentItems(database.db, site.id))[0]).toMatchObject({ deletedAt: null, writtenPath: null, writtenSha256: null, writtenBlob: null });
    const { runId } = await commit();
    expect(files()).toEqual(['README.md', 'content/pages/one.md']);
    expect(await warningsOf(runId)).toEqual([]);
  });

  it('without any commit gets its branches from the first one, and a publish merges', async () => {
    await standIn.repositories.create('ocw-content', site.shortId, { autoInit: false, isPrivate: true });
    await save('one', 'one');
    const { commit: head, runId } = await commit();
    expect(files()).toEqual(['content/pages/one.md']);
    await runActivity((input: { siteId: string; version: 'live'; commit: string; runId: string }) => createRepositoryActivities(deps).mergeBranches(input), { siteId: site.id, version: 'live', commit: head, runId });
    expect([files('preview'), files('release')]).toEqual([files(), files()]);
    expect(await findRepository(database.db, site.id)).toMatchObject({ previewHead: inRepository('rev-parse', 'preview'), releaseHead: inRepository('rev-parse', 'release') });
  });

  it('that had no branch main any more grows it from its default branch', async () => {
    await save('one', 'one');
    await commit();
    inRepository('symbolic-ref', 'HEAD', 'refs/heads/preview');
    inRepository('update-ref', '-d', 'refs/heads/main');
    await commit();
    expect(files()).toEqual(['README.md', 'content/pages/one.md']);
    expect(inRepository('symbolic-ref', '--short', 'HEAD')).toBe('main');
  });

  describe('changed by hand', () => {
    it('keeps what we do not touch, and the run says that the studio does not show it', async () => {
      await save('one', 'one');
      await save('two', 'two');
      await commit();
      await pushByHand([{ path: 'content/pages/one.md', content: 'theirs\n' }, { path: 'layouts/x.html', content: 'x' }]);
      await save('two', 'two', 'Ours\n');
      const { runId } = await commit();
      expect(inRepository('show', 'main:content/pages/one.md')).toBe('theirs');
      expect(inRepository('show', 'main:content/pages/two.md')).toContain('Ours');
      expect(files()).toContain('layouts/x.html');
      expect(await warningsOf(runId)).toEqual([{ file: 'content/pages/one.md', message: expect.stringContaining(`studio import --site ${site.name}`) as string }]);
    });

    it('by a removal or a move is not undone: both are told, and wait for a pull', async () => {
      await save('one', 'one');
      await save('two', 'two');
      await save('three', 'three');
      await commit();
      const two = inRepository('show', 'main:content/pages/two.md');
      await pushByHand([{ path: 'content/pages/one.md', content: null }, { path: 'content/pages/two.md', content: null }, { path: 'content/pages/moved.md', content: `${two}\n` }]);
      await save('three', 'three', 'Ours\n');
      const { runId } = await commit();
      const theirs = ['README.md', 'content/pages/moved.md', 'content/pages/three.md'];
      expect(files()).toEqual(theirs);
      const message = expect.stringMatching(/^removed from the repository by hand;.*--delete-missing`.*studio repo overwrite/) as string;
      const told = [{ file: 'content/pages/one.md', message }, { file: 'content/pages/two.md', message }];
      expect((await warningsOf(runId)).sort((a, b) => ((a.file ?? '') < (b.file ?? '') ? -1 : 1))).toEqual(told);
      expect(await commit()).toMatchObject({ commits: 0 });
      // Edited here, it is the studio's again.
      await save('one', 'one', 'Edited\n');
      await commit();
      expect(files()).toEqual(['README.md', 'content/pages/moved.md', 'content/pages/one.md', 'content/pages/three.md']);
    });

    it('by a removal is undone where that is said', async () => {
      await save('one', 'one');
      await commit();
      await pushByHand([{ path: 'content/pages/one.md', content: null }]);
      const { runId } = await commit({ overwrite: true });
      expect(files()).toEqual(['README.md', 'content/pages/one.md']);
      expect(await warningsOf(runId)).toEqual([{ file: undefined, message: 'The repository had lost content/pages/one.md; it was written again.' }]);
    });

    it('in a file that changed here too is not written over: nothing is committed, and the reason names the files', async () => {
      await save('one', 'one');
      await save('two', 'two');
      await commit();
      await pushByHand([{ path: 'content/pages/one.md', content: 'theirs\n' }]);
      await save('one', 'one', 'Ours\n');
      await save('two', 'two', 'Ours\n');
      const frozen = await freeze();
      const error = await errorOf(commitFrozen(frozen));
      expect(error).toMatchObject({ type: 'ContentDiverged', problems: [{ file: 'content/pages/one.md' }], message: expect.stringContaining(`studio repo overwrite ${site.name}`) as string });
      expect(log().at(-1)).toBe('Gus <gus@example.edu>: By hand');
      expect((await findSite(database.db, site.id))?.committedRevision).toBe(2);
      // Said explicitly, it is written over; their work stays in the history.
      expect(await commitFrozen({ ...frozen, overwrite: true } as Frozen)).toMatchObject({ filesChanged: 2 });
      expect(inRepository('show', 'main:content/pages/one.md')).toContain('Ours');
      expect(log().slice(-2)).toEqual(['Gus <gus@example.edu>: By hand', 'ada <ada@example.edu>: Sync all content']);
    });

    it.each<[string, () => Promise<unknown>, FileChange]>([
      ['that is deleted here', () => remove('one'), { path: 'content/pages/one.md', content: 'theirs\n' }],
      ['that moves away here', () => save('one', 'moved'), { path: 'content/pages/one.md', content: 'theirs\n' }],
      ['that a new page would take the place of', () => save('new', 'new'), { path: 'content/pages/new.md', content: 'theirs\n' }],
    ])('in a file %s is not lost', async (_, change, theirs) => {
      await save('one', 'one');
      await commit();
      await pushByHand([theirs]);
      await change();
      expect(await errorOf(commit())).toMatchObject({ type: 'ContentDiverged', problems: [{ file: theirs.path }] });
      expect(inRepository('show', `main:${theirs.path}`)).toBe('theirs');
    });

    it('to just what we would write is no conflict', async () => {
      await save('one', 'one');
      await commit();
      const before = inRepository('show', 'main:content/pages/one.md');
      await save('one', 'one', 'Changed\n');
      await pushByHand([{ path: 'content/pages/one.md', content: `${before.slice(0, before.lastIndexOf('Body'))}Changed\n` }]);
      expect(await commit()).toMatchObject({ commits: 0 });
    });

    it('and taken over afterwards does not let an old snapshot write over it', async () => {
      await save('one', 'one');
      await commit();
      await pushByHand([{ path: 'content/pages/one.md', content: 'theirs\n' }]);
      await save('one', 'one', 'Ours\n');
      const frozen = await freeze();
      await database.db('content_items').where({ site_id: site.id }).update({ written_blob: inRepository('rev-parse', 'main:content/pages/one.md') });
      expect(await errorOf(commitFrozen(frozen))).toMatchObject({ type: 'ContentDiverged' });
    });

    it('in between two of our own commits is told apart from them: rows that were not written are no conflict', async () => {
      await save('one', 'one');
      await commit();
      const [before] = await listContentItems(database.db, site.id);
      await save('one', 'one', 'Second\n');
      await commit();
      // A worker that was killed after the push: the rows still say what was there before.
      await database.db('content_items').where({ site_id: site.id }).update({ written_sha256: before?.writtenSha256, written_blob: before?.writtenBlob });
      await save('one', 'one', 'Third\n');
      expect(await commit()).toMatchObject({ commits: 1 });
      expect(inRepository('show', 'main:content/pages/one.md')).toContain('Third');
    });
  });

  it('takes a push that came between reading and writing: the next try begins from it', async () => {
    await save('one', 'one');
    await commit();
    await save('one', 'one', 'Ours\n');
    const frozen = await freeze();
    let isFirst = true;
    const raced: GitClient = {
      ...git,
      commitAndPush: async (...args) => {
        if (isFirst) {
          isFirst = false;
          await pushByHand([{ path: 'layouts/x.html', content: 'x' }]);
        }
        return git.commitAndPush(...args);
      },
    };
    const racing = { ...deps, git: raced };
    expect(await errorOf(commitFrozen(frozen, racing))).toMatchObject({ kind: 'raced' });
    expect(await commitFrozen(frozen, racing)).toMatchObject({ commits: 1 });
    expect(log().slice(-2)).toEqual(['Gus <gus@example.edu>: By hand', 'ada <ada@example.edu>: Sync all content']);
  });

  it('takes a new page at the path of one that was deleted, in one commit', async () => {
    await save('one', 'one', 'Old\n');
    await commit();
    await remove('one');
    await save('new', 'one', 'New\n');
    await commit();
    expect(inRepository('show', 'main:content/pages/one.md')).toContain('New');
    expect((await listContentItems(database.db, site.id)).map((item) => [item.textId, item.writtenPath]).sort()).toEqual([['new', 'content/pages/one.md'], ['one', null]]);
  });

  it('names people by an id where they are not to be named', async () => {
    const person = await makeUser(database.db, 'ada@example.edu');
    const anonymous = { ...deps, config: { ...deps.config, gitAnonymousCommits: true, studioBaseUrl: 'https://studio.example.edu' } };
    await save('one', 'one');
    await commit({}, anonymous);
    expect(log().at(-1)).toBe(`user_${person.id} <user_${person.id}@users.noreply.studio.example.edu>: Sync all content`);
  });

  it('reports an item whose type has left the starter, and commits the others', async () => {
    await save('one', 'one');
    await database.db.transaction((trx) => putContentItem(trx, { siteId: site.id, item: makeContentItem({ textId: 'gone', type: 'quiz', title: 'A quiz', filename: 'quiz' }), by: null, reason: 'edited' }));
    const { runId } = await commit();
    expect(files()).toEqual(['README.md', 'content/pages/one.md']);
    expect(await warningsOf(runId)).toEqual([{ file: undefined, message: expect.stringMatching(/^‘A quiz’ was not written: the starter has no content type ‘quiz’ any more/) as string }]);
  });

  describe('with files that belong to no item', () => {
    const orphans = async (isDelete: boolean) => {
      const runId = await makeRun(database.db, { siteId: site.id, process: 'site-repo', version: null });
      const done = await runActivity((input: RemoveOrphansInput) => createSiteRepositoryActivities(deps).removeOrphans(input), { runId, phase: 'orphans', siteId: site.id, delete: isDelete });
      return { ...done, result: (await findRun(database.db, runId))?.result };
    };
    const page = (uid: string): string => `---\ncontent_type: page\ntitle: Orphan\nuid: ${uid}\n---\nBody\n`;
    beforeEach(async () => {
      await save('one', 'one');
      await save('two', 'two');
      await commit();
      await pushByHand([
        { path: 'content/pages/orphan.md', content: page('an-orphan') },
        { path: 'content/pages/notes.txt', content: 'notes' },
        { path: 'layouts/x.html', content: 'x' },
        { path: 'data/course.json', content: '{"course_title": "T"}' },
      ]);
      // Not committed yet: neither its old file nor its new one is an orphan.
      await save('two', 'moved');
      await remove('one');
    });

    it('lists those of the content model, and removes nothing', async () => {
      const before = files();
      expect(await orphans(false)).toMatchObject({
        summary: '2 files without an item; 1 that the starter cannot read, kept',
        result: { orphans: ['content/pages/orphan.md', 'data/course.json'], orphanCount: 2, kept: [{ path: 'content/pages/notes.txt', reason: 'outside of the content model' }], keptCount: 1, removed: 0 },
      });
      expect(files()).toEqual(before);
    });

    it('removes them in one commit where that is said, and finds none afterwards', async () => {
      expect(await orphans(true)).toMatchObject({ counts: { orphans: 2, removed: 2 } });
      expect(files()).toEqual(['README.md', 'content/pages/notes.txt', 'content/pages/one.md', 'content/pages/two.md', 'layouts/x.html']);
      expect(log().at(-1)).toBe('OCW Studio <anonymous@example.edu>: Remove orphans');
      expect(await orphans(true)).toMatchObject({ summary: 'No file without an item; 1 that the starter cannot read, kept', counts: { orphans: 0, removed: 0 } });
    });
  });
});
