import { describe, expect, it } from 'vitest';
import { bumpContentRevision, recordCommittedRevision } from '#db/queries/sites.ts';
import { findRepository, listForgottenSaves, noteRepository } from '#db/queries/repositories.ts';
import { moveRun } from '#db/queries/runs.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
const minutes = (count: number): number => count * 60_000;

describe('what was seen of a repository', () => {
  it('is kept head by head, the newest of each', async () => {
    const site = await makeSite(database.db);
    expect(await findRepository(database.db, site.id)).toBeUndefined();
    await noteRepository(database.db, site.id, { htmlUrl: 'https://git.localhost/a', mainHead: 'm1', previewHead: 'p1' });
    await noteRepository(database.db, site.id, { mainHead: 'm2' });
    expect(await findRepository(database.db, site.id)).toMatchObject({ htmlUrl: 'https://git.localhost/a', mainHead: 'm2', previewHead: 'p1', releaseHead: null });
  });
});

describe('saves no commit followed', () => {
  const bounds = { quietMs: minutes(5), pauseMs: minutes(360), limit: 10 };
  const names = async (given = bounds): Promise<string[]> => (await listForgottenSaves(database.db, given)).map((site) => site.siteName);

  /** A site whose last save was some minutes ago. */
  async function saved(name: string, minutesAgo: number): Promise<string> {
    const site = await makeSite(database.db, { name });
    await bumpContentRevision(database.db, site.id);
    await database.db('sites').where({ id: site.id }).update({ updated_at: database.db.raw(`now() - ? * interval '1 minute'`, [minutesAgo]) });
    return site.id;
  }
  const commitRun = async (siteId: string, minutesAgo: number): Promise<string> => {
    const runId = await makeRun(database.db, { siteId, process: 'site-repo', version: null });
    await database.db('runs').where({ id: runId }).update({ started_at: database.db.raw(`now() - ? * interval '1 minute'`, [minutesAgo]) });
    return runId;
  };

  it('are found once a site is quiet, the longest waiting first, and so many at once', async () => {
    await database.clear();
    await makeSite(database.db, { name: 'never-saved' });
    await saved('just-now', 4);
    await saved('late', 6);
    await saved('older', 60);
    await recordCommittedRevision(database.db, await saved('committed', 60), 1);
    expect(await names()).toEqual(['older', 'late']);
    expect(await names({ ...bounds, limit: 1 })).toEqual(['older']);
  });

  it('are left alone while a commit runs or failed a while ago, until something is saved again', async () => {
    await database.clear();
    await commitRun(await saved('running', 60), 30);
    await moveRun(database.db, { runId: await commitRun(await saved('failed', 60), 30), state: 'failed' });
    await moveRun(database.db, { runId: await commitRun(await saved('failed-long-ago', 600), 400), state: 'failed' });
    await moveRun(database.db, { runId: await commitRun(await saved('saved-after-failing', 20), 30), state: 'failed' });
    expect(await names()).toEqual(['failed-long-ago', 'saved-after-failing']);
  });
});
