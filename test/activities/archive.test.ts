import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createArchiveActivities } from '#activities/archive.ts';
import { createWayback } from '#clients/wayback.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { saveCheck, takeInLinks } from '#db/queries/externalLinks.ts';
import { findArchiveAccount, findArchivedLink, saveArchive } from '#db/queries/linkArchive.ts';
import { readInstallation } from '#db/queries/installation.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { listRunPhases } from '#db/queries/runs.ts';
import { findSite } from '#db/queries/sites.ts';
import { afterTaken } from '#domain/archiveState.ts';
import { createWayback as createStandIn } from '#local/standins/wayback/createWayback.mjs';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeSite } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { runActivity } from './support/runActivity.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const database = useDatabase();
let standIn: ReturnType<typeof createStandIn>;
let now: number;
let siteId: string;
let url: string;
let activities: ReturnType<typeof createArchiveActivities>;

beforeEach(async () => {
  await database.clear();
  now = Date.UTC(2026, 10, 25, 12);
  standIn = createStandIn({ accessKey: 'access', secretKey: 'secret', now: () => now });
  url = await standIn.listen();
  siteId = (await makeSite(database.db)).id;
  activities = activitiesOf();
  await readInstallation(database.db, makeConfig().studioInstallation);
});
afterEach(() => standIn.close());

function activitiesOf(env: Record<string, string> = {}): ReturnType<typeof createArchiveActivities> {
  const config = makeConfig({ ENABLE_WAYBACK_TASKS: 'true', WAYBACK_API_URL: url, WAYBACK_MACHINE_ACCESS_KEY: 'access', WAYBACK_MACHINE_SECRET_KEY: 'secret', ...env });
  return createArchiveActivities({ config, db: database.db, wayback: createWayback(config), now: () => now });
}
async function addLink(textId: string, link = `https://example.edu/${textId}`): Promise<string> {
  const item = makeContentItem({ textId, filename: textId, dirpath: 'content/external-resources', type: 'external-resource', metadata: { external_url: link } });
  const { id } = await database.db.transaction((trx) => createContentItem(trx, { siteId, item, by: null, reason: 'created' }));
  await takeInLinks(database.db, siteId);
  return id;
}
const archiveOf = async (itemId: string) => (await findArchivedLink(database.db, itemId))?.archive;
async function ask(workflowRunId = '01990000-0000-7000-8000-000000000001'): Promise<void> {
  await insertRunRequest(database.db, { process: 'archive-links', siteId, requestedBy: null });
  await activities.takeArchiveRequests({ workflowId: 'archive-links', workflowRunId });
}
const plan = () => runActivity((input: object) => activities.planArchiveTurn(input), {});
const submit = (itemId: string) => runActivity((input: { itemId: string }) => activities.submitLink(input), { itemId });
const follow = () => runActivity((input: object) => activities.followCaptures(input), {});
const runs = async () => (await listRuns(database.db, { process: 'archive-links' }, { limit: 9, offset: 0 })).runs;
/** One turn, as the workflow takes it. */
async function turn(): Promise<void> {
  const planned = await plan();
  if (planned.follows) await follow();
  for (const itemId of planned.submit) await submit(itemId);
  await activities.settleArchiveRuns({});
}
/** Turns until nothing is due any more for `untilMs` after the beginning. */
async function turnsFor(untilMs: number): Promise<void> {
  const end = now + untilMs;
  for (let turns = 0; turns < 100; turns += 1) {
    await turn();
    const { nextAt } = await plan();
    if (nextAt === null || nextAt > end) break;
    now = Math.max(now, nextAt);
  }
  now = Math.max(now, end);
}
const saves = () => standIn.journal.filter((entry) => entry.path === '/save').length;

describe('a link', () => {
  it('is submitted, asked about after 90 seconds, and its copy is written into the item without a change readers see', async () => {
    const id = await addLink('a');
    await ask();
    const before = await findSite(database.db, siteId);
    expect(await plan()).toEqual({ follows: false, submit: [id], nextAt: now });
    await turn();
    expect(await archiveOf(id)).toMatchObject({ state: 'submitted', submittedAt: now, dueAt: now + 90_000 });
    expect(await plan()).toEqual({ follows: false, submit: [], nextAt: now + 90_000 });
    now += 90_000;
    await turn();
    expect(await archiveOf(id)).toMatchObject({ state: 'archived', dueAt: null, url: 'https://web.archive.org/web/20261125120020/https://example.edu/a' });
    expect((await findContentItem(database.db, siteId, 'a'))?.metadata).toMatchObject({ wayback_url: 'https://web.archive.org/web/20261125120020/https://example.edu/a' });
    expect((await findSite(database.db, siteId))?.contentRevision).toBe(before?.contentRevision);
    expect(await plan()).toEqual({ follows: false, submit: [], nextAt: null });
    expect(await runs()).toMatchObject([{ state: 'succeeded', siteId, result: { open: 0, archived: 1, failed: 0, putOff: 0 } }]);
  });

  it('that broke meanwhile shows its copy, which is a change readers see', async () => {
    const id = await addLink('a');
    await ask();
    await turn();
    for (const minute of [1, 2]) {
      const row = await database.db('external_links').where({ item_id: id }).first<{ url: string; checked_at: Date | null }>();
      await saveCheck(database.db, { itemId: id, siteId, url: row.url, checkedAt: row.checked_at }, { outcome: 'broken', code: 404 }, new Date(now + minute * MINUTE));
    }
    const before = await findSite(database.db, siteId);
    now += 90_000;
    await turn();
    expect(await findContentItem(database.db, siteId, 'a')).toMatchObject({ reason: 'link-archived', metadata: { status: 'broken', wayback_url: expect.stringContaining('web.archive.org') as string } });
    expect((await findSite(database.db, siteId))?.contentRevision).toBe((before?.contentRevision ?? 0) + 1);
  });

  it('is queued again when its copy is 30 days old, and not before; a broken one is not', async () => {
    const id = await addLink('a');
    await addLink('b');
    await ask();
    await turnsFor(HOUR);
    await database.db('external_links').whereNot({ item_id: id }).update({ status: 'broken' });
    now += 29 * DAY;
    await ask();
    expect((await plan()).nextAt).toBeNull();
    now += 2 * DAY;
    await ask();
    expect((await plan()).submit).toEqual([id]);
  });

  it('that is submitted again after its worker died is captured once', async () => {
    const id = await addLink('a');
    await ask();
    await submit(id);
    await database.db('external_links').update({ archive_state: 'queued', archive_job_id: null });
    expect(await submit(id)).toEqual({ outcome: 'taken' });
    expect(await submit(id)).toEqual({ outcome: 'left' });
    expect(standIn.captures()).toHaveLength(1);
    now += 90_000;
    await turn();
    expect(await archiveOf(id)).toMatchObject({ state: 'archived' });
  });

  it('into our own network is told to nobody', async () => {
    const id = await addLink('a', 'http://10.0.0.7/secret');
    await ask();
    await turn();
    expect(await archiveOf(id)).toMatchObject({ state: 'failed', reason: 'error:invalid-url' });
    expect(saves()).toBe(0);
  });

  it('whose address changed meanwhile takes no copy of the old one', async () => {
    const id = await addLink('a');
    await ask();
    await turn();
    await database.db.transaction((trx) => changeContentItem(trx, { siteId, textId: 'a', fromRevision: null, set: { metadata: { external_url: 'https://example.edu/new' } }, by: null, reason: 'edited' }));
    await takeInLinks(database.db, siteId);
    now += 90_000;
    await turn();
    expect(await archiveOf(id)).toMatchObject({ state: 'none', url: null });
    expect((await findContentItem(database.db, siteId, 'a'))?.metadata).not.toHaveProperty('wayback_url');
  });
});

it('what was asked for another address is not noted, though the link is queued again', async () => {
  const id = await addLink('a');
  await ask();
  const link = await findArchivedLink(database.db, id);
  if (link === undefined) throw new Error('There is no link');
  expect(await saveArchive(database.db, { ...link, url: 'https://example.edu/before' }, afterTaken(link.archive, 'job', 0, now))).toBe(false);
  expect(await archiveOf(id)).toMatchObject({ state: 'queued', jobId: null });
  expect(await saveArchive(database.db, link, afterTaken(link.archive, 'job', 0, now))).toBe(true);
});

describe('a capture', () => {
  it.each<[string, number, string]>([
    ['error:no-browsers-available', 10 * MINUTE, 'archived'],
    ['error:too-many-daily-captures', 26 * HOUR, 'archived'],
    ['error:not-found', 40 * DAY, 'failed'],
  ])('that failed with %s is tried again with patience', async (statusExt, withinMs, state) => {
    const id = await addLink('a');
    standIn.control({ plan: { match: '/a$', times: 1, statusExt } });
    await ask();
    await turnsFor(withinMs);
    expect(await archiveOf(id)).toMatchObject({ state });
    expect(saves()).toBe(state === 'failed' ? 1 : 2);
    expect(await runs()).toMatchObject([{ state: 'succeeded' }]);
  });

  it('whose end was forgotten is found in the index half a day later', async () => {
    const id = await addLink('a');
    standIn.control({ plan: { match: '/a$', captureMs: 3 * HOUR, indexLagMs: HOUR } });
    await ask();
    await turnsFor(56 * MINUTE);
    expect(await archiveOf(id)).toMatchObject({ state: 'unknown' });
    expect(await runs()).toMatchObject([{ state: 'succeeded', result: { archived: 0, putOff: 1 } }]);
    await turnsFor(12 * HOUR);
    expect(await archiveOf(id)).toMatchObject({ state: 'archived', url: 'https://web.archive.org/web/20261125150000/https://example.edu/a' });
    expect(saves()).toBe(1);
  });

  it('the index has no answer for is looked for again later, and holds up no other', async () => {
    const [a, b] = [await addLink('a'), await addLink('b')];
    standIn.control({ plan: { match: '/[ab]$', times: 0, captureMs: 3 * HOUR, indexLagMs: HOUR } });
    await ask();
    await turnsFor(56 * MINUTE);
    for (const fault of ['400', '503'] as const) standIn.addFault({ match: /\/cdx\//, query: /example\.edu%2Fa/, fault });
    const end = now + 12 * HOUR;
    await turnsFor(11 * HOUR + 30 * MINUTE);
    expect([await archiveOf(a), await archiveOf(b)]).toMatchObject([{ state: 'unknown' }, { state: 'archived' }]);
    await turnsFor(end + 2 * HOUR - now);
    expect(await archiveOf(a)).toMatchObject({ state: 'archived' });
    expect(standIn.journal.filter((entry) => entry.path.startsWith('/cdx/'))).toHaveLength(4);
  });

  it('waits for an index that is away, which is not asked for every link', async () => {
    const ids = await Promise.all(['a', 'b', 'c', 'd'].map((name) => addLink(name)));
    standIn.control({ plan: { match: '/[abcd]$', times: 0, captureMs: 3 * HOUR, indexLagMs: HOUR } });
    await ask();
    await turnsFor(56 * MINUTE);
    for (let tries = 0; tries < 4; tries += 1) standIn.addFault({ match: /\/cdx\//, fault: '503' });
    await turnsFor(11 * HOUR + 15 * MINUTE);
    expect(standIn.journal.filter((entry) => entry.path.startsWith('/cdx/'))).toHaveLength(2);
    await turnsFor(2 * HOUR);
    expect(await Promise.all(ids.map((id) => archiveOf(id)))).toMatchObject(ids.map(() => ({ state: 'archived' })));
  });

  it('nothing is ever heard of is asked for once more after a day, and then given up', async () => {
    const id = await addLink('a');
    standIn.control({ plan: { match: '/a$', times: 0, captureMs: 90 * DAY } });
    await ask();
    await turnsFor(10 * DAY);
    expect(await archiveOf(id)).toMatchObject({ state: 'failed', reason: 'never-heard', isResubmitted: true });
    expect(saves()).toBe(2);
    expect(standIn.journal.filter((entry) => entry.path.startsWith('/cdx/'))).toHaveLength(4);
  });

  it('that begins hours later is not asked about before', async () => {
    const id = await addLink('a');
    standIn.control({ plan: { match: '/a$', startsInMs: 10 * HOUR } });
    await ask();
    await turnsFor(9 * HOUR);
    expect(standIn.journal.filter((entry) => entry.path === '/save/status')).toEqual([]);
    await turnsFor(2 * HOUR);
    expect(await archiveOf(id)).toMatchObject({ state: 'archived' });
  });
});

describe('the account', () => {
  it('is asked first, and what it may do no more waits', async () => {
    for (let index = 0; index < 9; index += 1) await addLink(`l${index}`);
    await ask();
    expect((await plan()).submit).toHaveLength(7);
    expect(await findArchiveAccount(database.db)).toMatchObject({ available: 12, processing: 0, dailyCaptures: 0, dailyLimit: 30_000 });
    standIn.control({ settings: { sessionLimit: 3 } });
    expect((await plan()).submit).toHaveLength(3);
    standIn.control({ settings: { sessionLimit: 0 } });
    expect(await plan()).toEqual({ follows: false, submit: [], nextAt: now + MINUTE });
    await standIn.close();
    standIn = createStandIn({ accessKey: 'access', secretKey: 'secret', capturesPerDay: 0, now: () => now });
    url = await standIn.listen();
    activities = activitiesOf();
    expect(await plan()).toEqual({ follows: false, submit: [], nextAt: now + HOUR });
  });

  it('that is refused, or limited, leaves the link in the queue', async () => {
    const id = await addLink('a');
    await ask();
    activities = activitiesOf({ WAYBACK_MACHINE_SECRET_KEY: 'wrong' });
    await expect(submit(id)).rejects.toMatchObject({ name: 'WaybackError', kind: 'refused' });
    activities = activitiesOf();
    standIn.addFault({ match: /\/save/, fault: '429', times: 1 });
    await expect(submit(id)).rejects.toMatchObject({ name: 'WaybackError', kind: 'limited' });
    expect(await archiveOf(id)).toMatchObject({ state: 'queued', failures: 0 });
    activities = activitiesOf({ STUDIO_INSTALLATION: 'another' });
    await expect(submit(id)).rejects.toMatchObject({ type: 'OutwardEffectsOff' });
    expect(standIn.captures()).toEqual([]);
  });
});

describe('the runs', () => {
  it('are opened once for each request, and go on with the execution that is there', async () => {
    await addLink('a');
    await ask();
    await ask('01990000-0000-7000-8000-000000000002');
    await activities.takeArchiveRequests({ workflowId: 'archive-links', workflowRunId: '01990000-0000-7000-8000-000000000002' });
    expect((await runs()).map(({ pass, workflowRunId }) => [pass, workflowRunId]).sort()).toEqual([[1, '01990000-0000-7000-8000-000000000002'], [2, '01990000-0000-7000-8000-000000000002']]);
  });

  it('show how far they are', async () => {
    for (const textId of ['a', 'b']) await addLink(textId);
    await ask();
    standIn.control({ plan: { match: '/a$', statusExt: 'error:blocked-url', isRejected: true } });
    await turn();
    const [run] = await runs();
    const phases = new Map((await listRunPhases(database.db, [run?.id ?? ''])).get(run?.id ?? '')?.map((phase) => [phase.phase, phase]));
    expect(phases.get('queue')).toMatchObject({ state: 'done', counts: { links: 2, queued: 2 } });
    expect(phases.get('capture')).toMatchObject({ state: 'running', summary: '1 link to go: 0 archived, 1 failed, 0 put off' });
  });

  it('are ended by people, with their links out of the queue and captures going on', async () => {
    const [a, b] = [await addLink('a'), await addLink('b')];
    await ask();
    await submit(a);
    const [run] = await runs();
    await activities.endArchiveRuns({ runId: run?.id ?? '', state: 'cancelled', reason: { code: 'Cancelled', message: 'Enough.' } });
    expect(await runs()).toMatchObject([{ state: 'cancelled', reasonMessage: 'Enough.' }]);
    expect([(await archiveOf(a))?.state, (await archiveOf(b))?.state]).toEqual(['submitted', 'none']);
    await ask();
    await activities.endArchiveRuns({ runId: null, state: 'failed', reason: { code: 'WaybackRefused', message: 'No.' } });
    expect((await runs()).map((each) => each.state).sort()).toEqual(['cancelled', 'failed']);
    expect((await archiveOf(b))?.state).toBe('queued');
  });
});
