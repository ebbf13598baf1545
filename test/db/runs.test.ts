import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { isFinal, runStates, runTransitions } from '#domain/runs.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { amendRun, bindRunToSite, findPass, findRun, listQuietOpenRuns, listRunPhases, moveRun, newestPublishRuns, openRun, recordPhase, recordPhaseProgress, type RunPhaseRow, skipPhases, unbindRunFromSite } from '#db/queries/runs.ts';
import { deleteSite } from '#db/queries/sites.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();

async function phaseOf(runId: string, phase: string): Promise<RunPhaseRow> {
  const found = (await listRunPhases(database.db, [runId])).get(runId)?.find((row) => row.phase === phase);
  if (found === undefined) throw new Error(`No phase ${phase} is recorded`);
  return found;
}
const stateOf = async (runId: string): Promise<string | undefined> => (await findRun(database.db, runId))?.state;

describe('opening the run of a pass', () => {
  it('finds it again when the same pass is opened twice, with the input it was opened with', async () => {
    const site = await makeSite(database.db);
    const pass = { process: 'publish-site', siteId: site.id, version: 'live' as const, workflowId: `publish-site/${site.id}/live`, workflowRunId: uuidv7(), pass: 1 };
    const first = await openRun(database.db, { ...pass, frozen: { revision: 1 } });
    const second = await openRun(database.db, { ...pass, frozen: { revision: 2 } });
    expect(first.isNew).toBe(true);
    expect(second).toEqual({ runId: first.runId, frozen: { revision: 1 }, isNew: false });
    expect((await findPass(database.db, pass.workflowId, pass.workflowRunId, 1))?.id).toBe(first.runId);
    expect(await findPass(database.db, pass.workflowId, pass.workflowRunId, 2)).toBeUndefined();
  });

  it('makes one row of many tries at once', async () => {
    const site = await makeSite(database.db);
    const pass = { process: 'publish-site', siteId: site.id, version: 'draft' as const, workflowId: 'w', workflowRunId: uuidv7(), pass: 1, frozen: {} };
    const opened = await Promise.all(Array.from({ length: 8 }, () => openRun(database.db, pass)));
    expect(new Set(opened.map((run) => run.runId)).size).toBe(1);
    expect(opened.filter((run) => run.isNew)).toHaveLength(1);
  });
});

describe('moving a run', () => {
  const allMoves = runStates.flatMap((from) => runStates.map((to) => ({ from, to, may: from === to || runTransitions[from].includes(to) })));
  it.each(allMoves)('from $from to $to: $may', async ({ from, to, may }) => {
    const runId = await makeRun(database.db);
    await database.db('runs').where({ id: runId }).update({ state: from });
    expect(await moveRun(database.db, { runId, state: to })).toBe(may);
    expect(await stateOf(runId)).toBe(may ? to : from);
  });

  it('keeps reason and problems of a failure, and loses them when the run goes on', async () => {
    const runId = await makeRun(database.db);
    await moveRun(database.db, { runId, state: 'failed', reason: { code: 'HugoFailed', message: 'It broke.' }, problems: [{ message: 'x', file: 'a.md', line: 3 }] });
    const failed = await findRun(database.db, runId);
    expect(failed).toMatchObject({ state: 'failed', reasonCode: 'HugoFailed', reasonMessage: 'It broke.', problems: [{ message: 'x', file: 'a.md', line: 3 }] });
    expect(failed?.endedAt).toBeInstanceOf(Date);
    await moveRun(database.db, { runId, state: 'running' });
    expect(await findRun(database.db, runId)).toMatchObject({ state: 'running', reasonCode: null, reasonMessage: null, problems: [], endedAt: null });
  });

  it('to the same end twice keeps the time of the first, and the result', async () => {
    const runId = await makeRun(database.db);
    await moveRun(database.db, { runId, state: 'succeeded', result: { changed: 3 } });
    const first = await findRun(database.db, runId);
    expect(await moveRun(database.db, { runId, state: 'succeeded' })).toBe(true);
    const second = await findRun(database.db, runId);
    expect([second?.endedAt, second?.result]).toEqual([first?.endedAt, { changed: 3 }]);
  });

  it.each(runStates.filter(isFinal))('to %s closes the phases that run', async (state) => {
    const runId = await makeRun(database.db);
    await recordPhase(database.db, { runId, phase: 'freeze', state: 'done' });
    await recordPhase(database.db, { runId, phase: 'build', state: 'retrying', nextAttemptAt: new Date() });
    await moveRun(database.db, { runId, state });
    expect([(await phaseOf(runId, 'freeze')).state, (await phaseOf(runId, 'build')).state, (await phaseOf(runId, 'build')).nextAttemptAt]).toEqual(['done', state === 'succeeded' ? 'done' : 'skipped', null]);
  });

  it('lets one of two ends win when both come at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const runId = await makeRun(database.db);
      const [succeeded, cancelled] = await Promise.all([moveRun(database.db, { runId, state: 'succeeded' }), moveRun(database.db, { runId, state: 'cancelled' })]);
      expect([succeeded, cancelled].filter(Boolean)).toHaveLength(1);
      expect(await stateOf(runId)).toBe(succeeded ? 'succeeded' : 'cancelled');
    }
  });

  it('that does not exist changes nothing', async () => {
    expect(await moveRun(database.db, { runId: uuidv7(), state: 'failed' })).toBe(false);
  });
});

describe('recording a phase', () => {
  it('shows where it stands: a try, a pause, an end', async () => {
    const runId = await makeRun(database.db);
    await recordPhase(database.db, { runId, phase: 'build', state: 'running', attempt: 1 });
    const next = new Date(Date.now() + 5_000);
    await recordPhase(database.db, { runId, phase: 'build', state: 'retrying', attempt: 1, error: { code: 'S3Unavailable', message: 'S3 does not answer.' }, nextAttemptAt: next });
    expect(await phaseOf(runId, 'build')).toMatchObject({ state: 'retrying', attempt: 1, errorCode: 'S3Unavailable', errorMessage: 'S3 does not answer.', nextAttemptAt: next, endedAt: null });
    await recordPhase(database.db, { runId, phase: 'build', state: 'running', attempt: 2, nextAttemptAt: null });
    await recordPhase(database.db, { runId, phase: 'build', state: 'done', summary: '3 files', counts: { files: 3 }, error: null });
    const done = await phaseOf(runId, 'build');
    expect(done).toMatchObject({ state: 'done', attempt: 2, summary: '3 files', counts: { files: 3 }, errorCode: null, nextAttemptAt: null });
    expect(done.endedAt).toBeInstanceOf(Date);
    expect(await findRun(database.db, runId)).toMatchObject({ phase: 'build', state: 'running' });
  });

  it.each(['done', 'failed', 'skipped'] as const)('is not set back from %s by a report that arrives late', async (state) => {
    const runId = await makeRun(database.db);
    await recordPhase(database.db, { runId, phase: 'build', state });
    await recordPhase(database.db, { runId, phase: 'build', state: 'retrying', attempt: 1 });
    expect((await phaseOf(runId, 'build')).state).toBe(state);
  });

  it('is begun anew when a person retries', async () => {
    const runId = await makeRun(database.db);
    await recordPhase(database.db, { runId, phase: 'build', state: 'failed', error: { code: 'HugoFailed', message: 'x' } });
    await recordPhase(database.db, { runId, phase: 'build', state: 'running', attempt: 1 });
    expect(await phaseOf(runId, 'build')).toMatchObject({ state: 'running', endedAt: null });
  });

  it('keeps the moment it began, and stands where its first report put it', async () => {
    const runId = await makeRun(database.db);
    await recordPhase(database.db, { runId, phase: 'freeze', state: 'running' });
    const began = (await phaseOf(runId, 'freeze')).startedAt;
    await recordPhase(database.db, { runId, phase: 'commit', state: 'running' });
    await recordPhase(database.db, { runId, phase: 'freeze', state: 'done' });
    const phases = (await listRunPhases(database.db, [runId])).get(runId) ?? [];
    expect(phases.map((row) => row.phase)).toEqual(['freeze', 'commit']);
    expect(phases[0]?.startedAt).toEqual(began);
  });

  it('shows progress while it runs, and none after', async () => {
    const runId = await makeRun(database.db);
    await recordPhase(database.db, { runId, phase: 'deploy', state: 'running' });
    await recordPhaseProgress(database.db, runId, 'deploy', '1 of 2', { written: 1 });
    expect(await phaseOf(runId, 'deploy')).toMatchObject({ summary: '1 of 2', counts: { written: 1 }, state: 'running' });
    await recordPhase(database.db, { runId, phase: 'deploy', state: 'done', summary: 'all', counts: { written: 2 } });
    await recordPhaseProgress(database.db, runId, 'deploy', '1 of 2', { written: 1 });
    expect(await phaseOf(runId, 'deploy')).toMatchObject({ summary: 'all', counts: { written: 2 } });
  });

  it('of a run that does not exist is refused', async () => {
    await expect(recordPhase(database.db, { runId: uuidv7(), phase: 'build', state: 'running' })).rejects.toThrow('foreign key');
  });
});

describe('the list of runs', () => {
  it('is newest first, in pages, narrowed by site, state, version and process', async () => {
    const [site, other] = [await makeSite(database.db), await makeSite(database.db)];
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) ids.unshift(await makeRun(database.db, { siteId: site.id, version: index % 2 === 0 ? 'draft' : 'live' }));
    await makeRun(database.db, { siteId: other.id });
    await moveRun(database.db, { runId: ids[0] ?? '', state: 'succeeded' });
    const list = async (filter: Parameters<typeof listRuns>[1], page = { limit: 10, offset: 0 }) => {
      const { total, runs } = await listRuns(database.db, filter, page);
      return { total, ids: runs.map((run) => run.id) };
    };
    expect(await list({ siteId: site.id })).toEqual({ total: 5, ids });
    expect(await list({ siteId: site.id }, { limit: 2, offset: 1 })).toEqual({ total: 5, ids: ids.slice(1, 3) });
    expect(await list({ siteId: site.id, state: 'succeeded' })).toEqual({ total: 1, ids: ids.slice(0, 1) });
    expect(await list({ siteId: site.id, version: 'live' })).toEqual({ total: 2, ids: [ids[1], ids[3]] });
    expect(await list({ siteIds: [site.id], process: 'import-site' })).toEqual({ total: 0, ids: [] });
    expect(await list({ siteIds: [] })).toEqual({ total: 0, ids: [] });
  });

  it('knows the newest publish of each site and version', async () => {
    const site = await makeSite(database.db);
    await makeRun(database.db, { siteId: site.id, version: 'draft' });
    const draft = await makeRun(database.db, { siteId: site.id, version: 'draft' });
    const live = await makeRun(database.db, { siteId: site.id, version: 'live' });
    await makeRun(database.db, { siteId: site.id, process: 'import-site', version: null });
    const newest = await newestPublishRuns(database.db, [site.id]);
    expect([...newest].map(([key, run]) => [key, run.id]).sort()).toEqual([[`${site.id}/draft`, draft], [`${site.id}/live`, live]].sort());
  });

  it('finds open runs nobody has spoken of for a while, oldest first', async () => {
    await database.clear();
    const [quiet, older, ended] = [await makeRun(database.db), await makeRun(database.db), await makeRun(database.db)];
    // One of which somebody just spoke.
    await makeRun(database.db);
    await moveRun(database.db, { runId: older, state: 'failed' });
    await moveRun(database.db, { runId: ended, state: 'succeeded' });
    const ago = (minutes: number) => database.db.raw(`now() - ? * interval '1 minute'`, [minutes]);
    await database.db('runs').whereIn('id', [quiet, ended]).update({ updated_at: ago(3) });
    await database.db('runs').where({ id: older }).update({ updated_at: ago(9) });
    expect((await listQuietOpenRuns(database.db, 120_000, 10)).map((run) => run.id)).toEqual([older, quiet]);
    expect((await listQuietOpenRuns(database.db, 120_000, 1)).map((run) => run.id)).toEqual([older]);
  });
});

describe('facts of a run', () => {
  it('are added to what was frozen, not put in its place', async () => {
    const runId = await makeRun(database.db, { frozen: { revision: 1 } });
    await amendRun(database.db, runId, { frozen: { snapshotKey: 's' }, commit: 'abc' });
    await amendRun(database.db, runId, { warnings: [{ message: 'w' }] });
    expect(await findRun(database.db, runId)).toMatchObject({ frozen: { revision: 1, snapshotKey: 's' }, commit: 'abc', warnings: [{ message: 'w' }] });
  });

  it('keep the warnings of one phase when another one warns, and forget those of an earlier try', async () => {
    const runId = await makeRun(database.db);
    const warnings = async () => (await findRun(database.db, runId))?.warnings.map((warning) => warning.message);
    await amendRun(database.db, runId, { warnings: [{ message: 'freeze' }], phase: 'freeze' });
    await amendRun(database.db, runId, { warnings: [{ message: 'first try' }, { message: 'of two' }], phase: 'build' });
    await amendRun(database.db, runId, { warnings: [{ message: 'second try' }], phase: 'build' });
    expect(await warnings()).toEqual(['freeze', 'second try']);
    await amendRun(database.db, runId, { warnings: [], phase: 'freeze' });
    expect(await warnings()).toEqual(['second try']);
  });

  it('say of phases that are not its own that they are skipped, and its own run as ever', async () => {
    const runId = await makeRun(database.db, { process: 'site-repo', version: null });
    for (let times = 0; times < 2; times += 1) await skipPhases(database.db, runId, ['repository', 'orphans']);
    await skipPhases(database.db, runId, []);
    await recordPhase(database.db, { runId, phase: 'freeze', state: 'running' });
    await amendRun(database.db, runId, { result: { filesChanged: 1 } });
    await moveRun(database.db, { runId, state: 'succeeded' });
    expect((await listRunPhases(database.db, [runId])).get(runId)?.map(({ phase, state }) => [phase, state]).sort()).toEqual([['freeze', 'done'], ['orphans', 'skipped'], ['repository', 'skipped']]);
    expect(await findRun(database.db, runId)).toMatchObject({ phase: 'freeze', result: { filesChanged: 1 } });
  });

  it('outlive the site of an import that was discarded', async () => {
    const site = await makeSite(database.db);
    const runId = await makeRun(database.db, { siteId: null, process: 'import-site', version: null });
    await bindRunToSite(database.db, runId, site.id);
    expect((await findRun(database.db, runId))?.siteName).toBe(site.name);
    await unbindRunFromSite(database.db, runId);
    await deleteSite(database.db, site.id);
    expect(await findRun(database.db, runId)).toMatchObject({ siteId: null, siteName: null });
  });
});
