import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { putJson, storeKeys } from '#activities/buildStore.ts';
import { createContentActivities } from '#activities/content.ts';
import type { ActivityDeps } from '#activities/deps.ts';
import { type CommitContentInput, createRepositoryActivities, repositoryUrl } from '#activities/repository.ts';
import { openWorkspace } from '#activities/workspace.ts';
import { createGit } from '#clients/git.ts';
import { changeContentItem, putContentItem } from '#db/queries/contentChanges.ts';
import { listContentItems } from '#db/queries/contentItems.ts';
import { findSite, type SiteRow } from '#db/queries/sites.ts';
import { makeConfig } from '#test/factories/config.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeRun, makeSite, makeUser } from '#test/factories/rows.ts';
import { useBuckets } from '#test/support/buckets.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const database = useDatabase();
const buckets = useBuckets();
const folder = mkdtempSync(join(tmpdir(), 'commit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('committing what authors saved', () => {
  let deps: ActivityDeps;
  let site: SiteRow;
  let origin: string;
  beforeAll(async () => {
    const config = makeConfig({ ...buckets.env, GIT_CLONE_BASE_URL: `file://${folder}` });
    const git = createGit({ searchPath: config.searchPath });
    // GitHub itself is not there: nothing here may need it.
    deps = { config, db: database.db, s3: buckets.s3, git, workspace: await openWorkspace(join(folder, 'work')) } as unknown as ActivityDeps;
  });
  beforeEach(async () => {
    site = await makeSite(database.db);
    origin = join(folder, 'ocw-content', `${site.shortId}.git`);
    mkdirSync(join(folder, 'ocw-content'), { recursive: true });
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin]);
    const scratch = join(folder, `first-${site.shortId}`);
    await deps.git.updateMirror(repositoryUrl(deps.config, site), scratch);
    await deps.git.commitAndPush(repositoryUrl(deps.config, site), scratch, 'main', null, [{ authorName: 'A', authorEmail: 'a@example.edu', message: 'First', changes: [{ path: 'README.md', content: 'kept' }] }], 'first');
  });

  const save = async (textId: string, filename: string, email: string, markdown = 'Body\n'): Promise<void> => {
    const person = await makeUser(database.db, email);
    await putContentItem(database.db, { siteId: site.id, item: makeContentItem({ textId, filename, markdown }), by: person.id, reason: 'edited' });
  };
  async function freeze(): Promise<CommitContentInput> {
    const runId = await makeRun(database.db, { siteId: site.id });
    const { revision, snapshotKey } = await runActivity((input: { runId: string; phase: string; siteId: string; version: 'draft' }) => createContentActivities(deps).freezeRevision(input), { runId, phase: 'freeze', siteId: site.id, version: 'draft' });
    return { siteId: site.id, runId, snapshotKey, revision };
  }
  const commit = (input: CommitContentInput) => runActivity((given: CommitContentInput) => createRepositoryActivities(deps).commitContent(given), input);
  const log = (): string[] => execFileSync('git', ['log', '--reverse', '--format=%an: %s', 'main'], { cwd: origin, encoding: 'utf8' }).trim().split('\n').slice(1);
  const files = (): string[] => execFileSync('git', ['ls-tree', '-r', '--name-only', 'main'], { cwd: origin, encoding: 'utf8' }).trim().split('\n');

  it('makes one commit per person, and none when it is done again or nothing changed', async () => {
    await save('one', 'one', 'ada@example.edu');
    await save('two', 'two', 'gus@example.edu');
    await save('three', 'three', 'ada@example.edu');
    const frozen = await freeze();
    const first = await commit(frozen);
    expect(first).toMatchObject({ commits: 2, filesChanged: 3 });
    expect(log()).toEqual(['ada: Sync all content', 'gus: Sync all content']);
    expect(await commit(frozen)).toEqual({ commit: first.commit, commits: 0, filesChanged: 0 });
    expect(await commit(await freeze())).toEqual({ commit: first.commit, commits: 0, filesChanged: 0 });
    expect((await findSite(database.db, site.id))?.committedRevision).toBe(3);
  });

  it('killed after the push and before the rows, finds its commit and writes the rows', async () => {
    await save('one', 'one', 'ada@example.edu');
    const frozen = await freeze();
    const first = await commit(frozen);
    await database.db('content_items').update({ written_path: null, written_sha256: null });
    await database.db('sites').where({ id: site.id }).update({ committed_revision: 0 });
    expect(await commit(frozen)).toEqual({ commit: first.commit, commits: 0, filesChanged: 0 });
    expect(log()).toHaveLength(1);
    expect((await listContentItems(database.db, site.id))[0]).toMatchObject({ writtenPath: 'content/pages/one.md', writtenSha256: expect.any(String) as string });
  });

  it('moves and removes files, and never touches what is no content', async () => {
    await save('one', 'one', 'ada@example.edu');
    await save('two', 'two', 'ada@example.edu');
    await commit(await freeze());
    await save('one', 'moved', 'ada@example.edu');
    await database.db('content_items').where({ site_id: site.id, text_id: 'two' }).update({ deleted_at: database.db.fn.now() });
    await commit(await freeze());
    expect(files()).toEqual(['README.md', 'content/pages/moved.md']);
    expect((await listContentItems(database.db, site.id)).map((item) => [item.textId, item.writtenPath])).toEqual([['one', 'content/pages/moved.md'], ['two', null]]);
  });

  it('two pages may change places', async () => {
    await save('one', 'a', 'ada@example.edu', 'one\n');
    await save('two', 'b', 'gus@example.edu', 'two\n');
    await commit(await freeze());
    await save('one', 'between', 'ada@example.edu', 'one\n');
    await save('two', 'a', 'gus@example.edu', 'two\n');
    await save('one', 'b', 'ada@example.edu', 'one\n');
    await commit(await freeze());
    expect(files()).toEqual(['README.md', 'content/pages/a.md', 'content/pages/b.md']);
    expect(execFileSync('git', ['show', 'main:content/pages/b.md'], { cwd: origin, encoding: 'utf8' })).toContain('one\n');
  });

  it('older than what main holds changes nothing', async () => {
    await save('one', 'one', 'ada@example.edu', 'old\n');
    const old = await freeze();
    await save('one', 'one', 'ada@example.edu', 'new\n');
    const { commit: head } = await commit(await freeze());
    expect(await commit(old)).toEqual({ commit: head, commits: 0, filesChanged: 0 });
  });

  const remove = (textId: string) => database.db.transaction((trx) => changeContentItem(trx, { siteId: site.id, textId, fromRevision: null, set: {}, deleted: true, by: null, reason: 'deleted' }));

  it('frozen before another commit was noted, holds what was undone or moved again after that one was frozen', async () => {
    await save('one', 'one', 'ada@example.edu', 'good\n');
    await save('two', 'two', 'ada@example.edu');
    await save('three', 'three', 'ada@example.edu');
    await commit(await freeze());
    await save('one', 'one', 'ada@example.edu', 'withdrawn\n');
    await save('two', 'moved', 'ada@example.edu');
    await save('three', 'moved-too', 'ada@example.edu');
    await save('new', 'new', 'ada@example.edu');
    const first = await freeze();
    await save('one', 'one', 'ada@example.edu', 'good\n');
    await save('two', 'moved-again', 'ada@example.edu');
    await remove('three');
    await remove('new');
    const second = await freeze();
    await commit(first);
    await commit(second);
    expect(files()).toEqual(['README.md', 'content/pages/moved-again.md', 'content/pages/one.md']);
    expect(execFileSync('git', ['show', 'main:content/pages/one.md'], { cwd: origin, encoding: 'utf8' })).toContain('good\n');
    expect(await commit(await freeze())).toMatchObject({ commits: 0 });
  });

  it('frozen before another commit was noted, leaves nothing at places of that one, and what was saved since to the next', async () => {
    await save('one', 'one', 'ada@example.edu', 'good\n');
    await save('two', 'two', 'ada@example.edu');
    await commit(await freeze());
    await save('one', 'one', 'ada@example.edu', 'withdrawn\n');
    await save('two', 'moved', 'ada@example.edu');
    const first = await freeze();
    await save('one', 'one', 'ada@example.edu', 'good\n');
    await save('two', 'moved-again', 'ada@example.edu');
    const second = await freeze();
    await save('three', 'three', 'ada@example.edu');
    await commit(first);
    await commit(second);
    expect(files()).toEqual(['README.md', 'content/pages/moved-again.md', 'content/pages/one.md']);
    const { committedRevision, contentRevision } = (await findSite(database.db, site.id)) ?? {};
    expect(committedRevision).toBeLessThan(contentRevision ?? 0);
    await commit(await freeze());
    expect(files()).toEqual(['README.md', 'content/pages/moved-again.md', 'content/pages/one.md', 'content/pages/three.md']);
    expect(execFileSync('git', ['show', 'main:content/pages/one.md'], { cwd: origin, encoding: 'utf8' })).toContain('good\n');
  });

  it('from a copy of another installation pushes nothing', async () => {
    await save('one', 'one', 'ada@example.edu');
    const frozen = await freeze();
    await database.db('installation').insert({ installation_id: 'production' }).onConflict('singleton').merge();
    await expect(commit(frozen)).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    await database.db('installation').delete();
    expect(log()).toEqual([]);
  });

  it('without its snapshot fails loudly', async () => {
    const input = { siteId: site.id, runId: await makeRun(database.db, { siteId: site.id }), snapshotKey: storeKeys.snapshot(site.id, 'r'), revision: 1 };
    await expect(commit(input)).rejects.toThrow('The build store has no snapshots/');
    await putJson(deps, input.snapshotKey, { siteId: site.id, revision: 1, changes: [] });
    expect(await commit(input)).toMatchObject({ commits: 0 });
  });
});
