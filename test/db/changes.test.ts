import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Change, CHANGES_CHANNEL } from '#db/changes.ts';
import { insertRunRequest, markDelivered } from '#db/queries/runRequests.ts';
import { amendRun, moveRun, recordPhase, recordPhaseProgress } from '#db/queries/runs.ts';
import { bumpContentRevision, type SiteRow } from '#db/queries/sites.ts';
import { makeRun, makeSite } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';
import { until } from '#test/support/until.ts';

const database = useDatabase();

describe('what the API hears of changes', () => {
  let listener: pg.Client;
  let heard: Change[] = [];
  let marks = 0;
  let site: SiteRow;
  let runId: string;
  beforeAll(async () => {
    listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    listener.on('notification', (message) => heard.push(JSON.parse(message.payload ?? '') as Change));
    await listener.query(`listen ${CHANGES_CHANNEL}`);
    site = await makeSite(database.db);
    runId = await makeRun(database.db, { siteId: site.id });
  });
  afterAll(() => listener.end());

  /** Everything said up to now has arrived: Postgres keeps the order, and a last word of our own comes back. */
  async function heardByNow(): Promise<Change[]> {
    const mark = { kind: 'site', site: `mark-${(marks += 1)}`, runId: null };
    await database.db.raw('select pg_notify(?, ?)', [CHANGES_CHANNEL, JSON.stringify(mark)]);
    await until('the mark was heard', async () => heard.some((change) => change.site === mark.site));
    return heard.filter((change) => change.site?.startsWith('mark-') !== true);
  }
  beforeEach(async () => {
    await heardByNow();
    heard = [];
  });

  it.each([
    ['a phase', () => recordPhase(database.db, { runId, phase: 'build', state: 'running' })],
    ['progress', () => recordPhaseProgress(database.db, runId, 'build', '1 of 2', {})],
    ['a fact', () => amendRun(database.db, runId, { commit: 'c' })],
    ['a move', () => moveRun(database.db, { runId, state: 'failed' })],
  ])('of a run: %s', async (_what, change) => {
    await change();
    expect(await heardByNow()).toEqual([{ kind: 'run', site: site.name, runId }]);
  });

  it('of requests and sites', async () => {
    const request = await insertRunRequest(database.db, { process: 'publish-site', siteId: site.id, version: 'draft', requestedBy: null });
    await markDelivered(database.db, request.id);
    await bumpContentRevision(database.db, site.id);
    expect(await heardByNow()).toEqual([
      { kind: 'request', site: site.name, runId: null },
      { kind: 'request', site: site.name, runId: null },
      { kind: 'site', site: site.name, runId: null },
    ]);
  });

  it('is nothing of what was taken back, and comes with the commit', async () => {
    const back = database.db.transaction(async (trx) => {
      await bumpContentRevision(trx, site.id);
      expect(await heardByNow()).toEqual([]);
      throw new Error('taken back');
    });
    await expect(back).rejects.toThrow('taken back');
    expect(await heardByNow()).toEqual([]);
  });

  it('is nothing when a move was not possible', async () => {
    const ended = await makeRun(database.db, { siteId: site.id });
    expect(await moveRun(database.db, { runId: ended, state: 'cancelled' })).toBe(true);
    await heardByNow();
    heard = [];
    expect(await moveRun(database.db, { runId: ended, state: 'succeeded' })).toBe(false);
    expect(await heardByNow()).toEqual([]);
  });
});
