import { v7 as uuidv7 } from 'uuid';
import { describe, expect, it } from 'vitest';
import { bindRequest, clearDelivered, findRunRequest, hasWaitingRequests, insertRunRequest, listDeliveredUntaken, listRequestsOfRuns, listWaitingRequests, lockUndeliveredRequests, markDelivered, takeWaitingRequests, waitingRequestIds } from '#db/queries/runRequests.ts';
import { makeRequest, makeRun, makeSite, makeUser } from '#test/factories/rows.ts';
import { useDatabase } from '#test/support/postgres.ts';

const database = useDatabase();
const ago = (minutes: number) => database.db.raw(`now() - ? * interval '1 minute'`, [minutes]);

describe('requests for a publish', () => {
  it('wait until a pass takes all of them at once, and are that pass’s from then on', async () => {
    const site = await makeSite(database.db);
    const asked = [await makeRequest(database.db, { siteId: site.id }), await makeRequest(database.db, { siteId: site.id })];
    const live = await makeRequest(database.db, { siteId: site.id, version: 'live' });
    expect((await listWaitingRequests(database.db, [site.id])).map((row) => row.id)).toEqual([...asked, live].map((row) => row.id));
    const runId = await makeRun(database.db, { siteId: site.id });
    const ids = asked.map((row) => row.id);
    expect(await takeWaitingRequests(database.db, { process: 'publish-site', siteId: site.id, version: 'draft', runId })).toEqual(ids);
    expect(await takeWaitingRequests(database.db, { process: 'publish-site', siteId: site.id, version: 'draft', runId })).toEqual([]);
    expect((await listRequestsOfRuns(database.db, [runId])).get(runId)?.map((row) => row.id)).toEqual(ids);
    expect([await hasWaitingRequests(database.db, 'publish-site', site.id, 'draft'), await hasWaitingRequests(database.db, 'publish-site', site.id, 'live')]).toEqual([false, true]);
    expect((await findRunRequest(database.db, ids[0] ?? ''))?.deliveredAt).toBeInstanceOf(Date);
  });

  it('are taken once each when passes of two processes take at once', async () => {
    const site = await makeSite(database.db);
    const asked = await Promise.all(Array.from({ length: 20 }, () => makeRequest(database.db, { siteId: site.id })));
    const runs = await Promise.all(Array.from({ length: 4 }, () => makeRun(database.db, { siteId: site.id })));
    const taken = await Promise.all(runs.map((runId) => takeWaitingRequests(database.db, { process: 'publish-site', siteId: site.id, version: 'draft', runId })));
    expect(taken.flat().sort()).toEqual(asked.map((row) => row.id).sort());
  });

  it('name who asked, and outlive the person', async () => {
    const person = await makeUser(database.db, 'leaves@example.edu');
    const request = await makeRequest(database.db, { requestedBy: person.id, input: { a: 1 } });
    expect(request).toMatchObject({ requestedByName: 'leaves', input: { a: 1 } });
    await database.db('users').where({ id: person.id }).delete();
    expect(await findRunRequest(database.db, request.id)).toMatchObject({ requestedBy: null, requestedByName: null });
  });

  it('wait again when their run is gone', async () => {
    const request = await makeRequest(database.db);
    const runId = await makeRun(database.db, { siteId: request.siteId });
    await bindRequest(database.db, request.id, runId);
    await database.db('runs').where({ id: runId }).delete();
    expect((await findRunRequest(database.db, request.id))?.runId).toBeNull();
  });

  it('with an id of their own are written once', async () => {
    const id = uuidv7();
    await makeRequest(database.db, { id });
    await expect(makeRequest(database.db, { id })).rejects.toMatchObject({ code: '23505' });
  });
});

describe('the relay of requests the engine was not told of', () => {
  it('takes them oldest first, and leaves fresh, delivered and taken ones', async () => {
    await database.clear();
    const site = await makeSite(database.db);
    const [older, old, fresh, delivered, taken] = [await makeRequest(database.db, { siteId: site.id }), await makeRequest(database.db, { siteId: site.id }), await makeRequest(database.db, { siteId: site.id }), await makeRequest(database.db, { siteId: site.id }), await makeRequest(database.db, { siteId: site.id })];
    await database.db('run_requests').whereNot({ id: fresh.id }).update({ created_at: ago(2) });
    await database.db('run_requests').where({ id: older.id }).update({ created_at: ago(5) });
    await markDelivered(database.db, delivered.id);
    await bindRequest(database.db, taken.id, await makeRun(database.db, { siteId: site.id }));
    await database.db.transaction(async (trx) => {
      expect((await lockUndeliveredRequests(trx, 10, 60_000)).map((row) => row.id)).toEqual([older.id, old.id]);
    });
  });

  it('shares them with the relays of other processes: each is locked by one', async () => {
    await database.clear();
    const site = await makeSite(database.db);
    for (let count = 0; count < 6; count += 1) await makeRequest(database.db, { siteId: site.id });
    await database.db('run_requests').update({ created_at: ago(2) });
    const first = await database.db.transaction();
    const second = await database.db.transaction();
    try {
      const mine = (await lockUndeliveredRequests(first, 4, 60_000)).map((row) => row.id);
      const theirs = (await lockUndeliveredRequests(second, 4, 60_000)).map((row) => row.id);
      expect([mine.length, theirs.length, new Set([...mine, ...theirs]).size]).toEqual([4, 2, 6]);
    } finally {
      await first.rollback();
      await second.rollback();
    }
  });

  it('keeps the first moment of a delivery that is noted twice', async () => {
    const request = await makeRequest(database.db);
    await markDelivered(database.db, request.id);
    const first = (await findRunRequest(database.db, request.id))?.deliveredAt;
    await markDelivered(database.db, request.id);
    expect((await findRunRequest(database.db, request.id))?.deliveredAt).toEqual(first);
  });

  it('gets back what was delivered to an execution that is gone, but nothing a pass took', async () => {
    await database.clear();
    const [lost, fresh, taken] = [await makeRequest(database.db), await makeRequest(database.db), await makeRequest(database.db)];
    for (const request of [lost, fresh, taken]) await markDelivered(database.db, request.id);
    await bindRequest(database.db, taken.id, await makeRun(database.db, { siteId: taken.siteId }));
    await database.db('run_requests').whereIn('id', [lost.id, taken.id]).update({ delivered_at: ago(5) });
    expect((await listDeliveredUntaken(database.db, 60_000, 10)).map((row) => row.id)).toEqual([lost.id]);
    await clearDelivered(database.db, lost.id);
    await clearDelivered(database.db, taken.id);
    expect([(await findRunRequest(database.db, lost.id))?.deliveredAt, (await findRunRequest(database.db, taken.id))?.deliveredAt]).toEqual([null, expect.any(Date)]);
  });
});

it('requests of a process without a site wait in their order', async () => {
  await database.clear();
  const person = await makeUser(database.db);
  const first = await insertRunRequest(database.db, { process: 'sync-starters', requestedBy: person.id });
  const second = await insertRunRequest(database.db, { process: 'sync-starters', requestedBy: person.id });
  await insertRunRequest(database.db, { process: 'import-site', requestedBy: person.id });
  expect(await waitingRequestIds(database.db, 'sync-starters')).toEqual([first.id, second.id]);
});
