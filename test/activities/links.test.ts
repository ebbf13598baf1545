import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Client } from '@temporalio/client';
import { v7 as uuidv7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHostTurns } from '#activities/hostTurns.ts';
import { createLinksActivities } from '#activities/links.ts';
import { createPublicWeb } from '#clients/publicWeb.ts';
import { createWayback } from '#clients/wayback.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { findExternalLink, saveCheck } from '#db/queries/externalLinks.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { findRun, listRunPhases, recordPhase } from '#db/queries/runs.ts';
import { makeConfig } from '../factories/config.ts';
import { makeContentItem } from '../factories/contentItem.ts';
import { makeSite, makeUser } from '../factories/rows.ts';
import { useDatabase } from '../support/postgres.ts';
import { runActivity, tryOf } from './support/runActivity.ts';

const database = useDatabase();
/** What every name of the tests resolves to; its sockets lead to the server below. */
const PUBLIC = '93.184.215.14';
let server: Server;
let asked: string[] = [];
let statuses: Record<string, number> = {};
/** Hosts whose requests are held. */
let held: (host: string) => Promise<void>;
let turns: string[] = [];
let siteId: string;
/** How often the archive of links was told that there is more to do. */
let woken = 0;
let activities: ReturnType<typeof createLinksActivities>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const host = request.headers.host ?? '';
    asked.push(`${host}${request.url ?? ''}`);
    void held(host).then(() => response.writeHead(statuses[`${host}${request.url ?? ''}`] ?? 200).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise<void>((resolve) => void server.close(() => resolve())));

beforeEach(async () => {
  await database.clear();
  [asked, statuses, turns] = [[], {}, []];
  held = () => Promise.resolve();
  siteId = (await makeSite(database.db)).id;
  woken = 0;
  activities = activitiesOf();
});

function activitiesOf(env: Record<string, string> = {}): ReturnType<typeof createLinksActivities> {
  const config = makeConfig(env);
  const { port } = server.address() as AddressInfo;
  const publicWeb = createPublicWeb(makeConfig(), {
    resolve: (name) => (name === 'nowhere.example.org' ? Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND' })) : Promise.resolve([PUBLIC])),
    reach: () => ({ address: '127.0.0.1', port }),
  });
  const hostTurns = createHostTurns(database.db, 0);
  return createLinksActivities({
    config,
    db: database.db,
    wayback: createWayback(config),
    temporal: { workflow: { signalWithStart: () => Promise.resolve((woken += 1)) } } as unknown as Client,
    publicWeb,
    hostTurns: {
      turn: (host, abortSignal) => {
        turns.push(host);
        return hostTurns.turn(host, abortSignal);
      },
    },
  });
}

async function addLink(textId: string, url: string | null, site = siteId): Promise<string> {
  const item = makeContentItem({ textId, filename: textId, dirpath: 'content/external-resources', type: 'external-resource', metadata: url === null ? {} : { external_url: url } });
  return (await database.db.transaction((trx) => createContentItem(trx, { siteId: site, item, by: null, reason: 'created' }))).id;
}
const open = async (of: string | null = siteId, pass = 1, workflowRunId = uuidv7()) => activities.openLinkCheck({ siteId: of, workflowId: 'check-links/a', workflowRunId, pass });
const ask = async () => insertRunRequest(database.db, { process: 'check-links', siteId, requestedBy: (await makeUser(database.db)).id });
async function begin(of: string | null = siteId): Promise<string> {
  if (of !== null) await ask();
  const { runId } = await open(of);
  await runActivity((input: Parameters<typeof activities.collectLinks>[0]) => activities.collectLinks(input), { runId: runId ?? '', phase: 'collect', siteId: of });
  return runId ?? '';
}
const batch = (runId: string, of: string | null = siteId) => runActivity((input: Parameters<typeof activities.checkLinkBatch>[0]) => activities.checkLinkBatch(input), { runId, phase: 'check', siteId: of });
const link = (itemId: string) => findExternalLink(database.db, itemId);

describe('a check of a site', () => {
  it('asks each of its links once, and notes what came of it', async () => {
    statuses = { 'a.example.org/gone': 404, 'b.example.org/robots': 403 };
    const ids = { fine: await addLink('fine', 'http://a.example.org/fine'), gone: await addLink('gone', 'http://a.example.org/gone'), robots: await addLink('robots', 'http://b.example.org/robots'), nowhere: await addLink('nowhere', 'http://nowhere.example.org/'), inside: await addLink('inside', 'http://169.254.169.254/latest'), none: await addLink('none', null) };
    const other = (await makeSite(database.db)).id;
    await addLink('theirs', 'http://c.example.org/', other);
    const runId = await begin();
    expect(await batch(runId)).toEqual({ summary: '6 links looked at: 0 broken, 2 without an answer', counts: { looked: 6, valid: 2, broken: 0, unchecked: 1, failed: 2 }, left: 0 });
    // HEAD, and GET where a server may only refuse that.
    expect([...asked].sort()).toEqual(['a.example.org/fine', 'a.example.org/gone', 'a.example.org/gone', 'b.example.org/robots', 'b.example.org/robots']);
    expect(turns.filter((host) => host === 'a.example.org')).toHaveLength(3);
    expect(await link(ids.fine)).toMatchObject({ status: 'valid', code: 200 });
    expect(await link(ids.gone)).toMatchObject({ status: null, code: 404, failures: 1 });
    expect(await link(ids.robots)).toMatchObject({ status: 'unchecked', code: 403 });
    expect(await link(ids.nowhere)).toMatchObject({ status: null, trouble: 'dns' });
    expect(await link(ids.inside)).toMatchObject({ trouble: 'notPublic' });
    expect(await link(ids.none)).toMatchObject({ status: 'valid', code: null });
    // Nothing is due any more: a second batch of the same run asks nobody.
    asked = [];
    expect((await batch(runId)).counts).toMatchObject({ looked: 6 });
    expect(asked).toEqual([]);
    expect((await batch(await begin())).counts).toMatchObject({ looked: 6, broken: 1 });
    expect(await findContentItem(database.db, siteId, 'gone')).toMatchObject({ reason: 'link-checked', metadata: { status: 'broken', url_status_code: 404 } });
  });

  it('asks a hundred hosts at once, and each of them one link after the other', async () => {
    for (let host = 0; host < 102; host += 1) for (const path of ['x', 'y']) await addLink(`h${host}${path}`, `http://h${host}.example.org/${path}`);
    let openAll: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      openAll = resolve;
    });
    const atWork = new Map<string, number>();
    const most = { hosts: 0, ofOne: 0 };
    held = async (host) => {
      atWork.set(host, (atWork.get(host) ?? 0) + 1);
      most.hosts = Math.max(most.hosts, atWork.size);
      most.ofOne = Math.max(most.ofOne, atWork.get(host) ?? 0);
      if (atWork.size === 100) openAll();
      await opened;
      atWork.delete(host);
    };
    expect((await batch(await begin())).counts).toMatchObject({ looked: 204, valid: 204 });
    expect(most).toEqual({ hosts: 100, ofOne: 1 });
  });

  it('stops when it is cancelled, and what was noted stays noted', async () => {
    const first = await addLink('first', 'http://a.example.org/first');
    const second = await addLink('second', 'http://a.example.org/second');
    const runId = await begin();
    const environment = tryOf();
    let answered = 0;
    held = () => {
      answered += 1;
      if (answered === 2) environment.cancel();
      return answered === 2 ? new Promise(() => undefined) : Promise.resolve();
    };
    await expect(environment.run((input: Parameters<typeof activities.checkLinkBatch>[0]) => activities.checkLinkBatch(input), { runId, phase: 'check', siteId })).rejects.toThrow('CANCELLED');
    const looked = [await link(first), await link(second)].map((known) => known?.checkedAt !== null);
    expect(looked.filter(Boolean)).toHaveLength(1);
    held = () => Promise.resolve();
    asked = [];
    expect(await batch(runId)).toMatchObject({ counts: { looked: 2 }, left: 0 });
    expect(asked).toEqual([`a.example.org/${looked[0] === true ? 'second' : 'first'}`]);
    server.closeAllConnections();
  });

  it('shows how far it is', async () => {
    for (let index = 0; index < 25; index += 1) await addLink(`l${index}`, null);
    const runId = await begin();
    await recordPhase(database.db, { runId, phase: 'check', state: 'running', attempt: 1 });
    await batch(runId);
    expect((await listRunPhases(database.db, [runId])).get(runId)).toMatchObject([{ phase: 'check', summary: '20 links looked at: 0 broken, 0 without an answer', counts: { looked: 20 } }]);
  });
});

describe('links that lead somewhere', () => {
  it('are queued to be archived where that is set up, and not again while their copy is new', async () => {
    statuses = { 'a.example.org/gone': 404 };
    const fine = await addLink('fine', 'http://a.example.org/fine');
    const gone = await addLink('gone', 'http://a.example.org/gone');
    const none = await addLink('none', null);
    await batch(await begin());
    expect([(await link(fine))?.archiveState, woken]).toEqual(['none', 0]);
    activities = activitiesOf({ ENABLE_WAYBACK_TASKS: 'true', WAYBACK_MACHINE_ACCESS_KEY: 'a', WAYBACK_MACHINE_SECRET_KEY: 'b' });
    await batch(await begin());
    expect([(await link(fine))?.archiveState, (await link(gone))?.archiveState, (await link(none))?.archiveState, woken]).toEqual(['queued', 'none', 'none', 1]);
    await database.db('external_links').where({ item_id: fine }).update({ archive_state: 'archived', archived_at: new Date(Date.now() - 29 * 86_400_000) });
    await batch(await begin());
    expect([(await link(fine))?.archiveState, woken]).toEqual(['archived', 1]);
    await database.db('external_links').where({ item_id: fine }).update({ archived_at: new Date(Date.now() - 31 * 86_400_000) });
    await batch(await begin());
    expect([(await link(fine))?.archiveState, woken]).toEqual(['queued', 2]);
  });
});

describe('a check of all sites', () => {
  it('takes in every site’s links and goes on behind the site that was reported', async () => {
    const others = [(await makeSite(database.db)).id, (await makeSite(database.db)).id];
    const sites = [siteId, ...others].sort();
    for (const site of sites) await addLink(`of-${site}`, 'http://a.example.org/', site);
    const { runId } = await open(null);
    const input = { runId: runId ?? '', phase: 'collect', siteId: null };
    const collect = (given: Parameters<typeof activities.collectLinks>[0]) => activities.collectLinks(given);
    const environment = tryOf({ heartbeatDetails: { after: sites[0], links: 7, sites: 1 } });
    const told: unknown[] = [];
    environment.on('heartbeat', (details: unknown) => void told.push(details));
    expect(await environment.run(collect, input)).toEqual({ summary: '9 links of 3 sites', counts: { links: 9, sites: 3 } });
    expect(told.at(-1)).toEqual({ after: sites[2], links: 9, sites: 3 });
    expect(await batch(runId ?? '', null)).toMatchObject({ counts: { looked: 2 }, left: 0 });
    expect(await runActivity(collect, input)).toMatchObject({ counts: { links: 3, sites: 3 } });
    expect(await batch(runId ?? '', null)).toMatchObject({ counts: { looked: 3 }, left: 0 });
  });
});

describe('opening a check', () => {
  it('of a site takes the requests that wait for it, and is found again', async () => {
    const requests = [await ask(), await ask()];
    await insertRunRequest(database.db, { process: 'check-links', siteId: (await makeSite(database.db)).id, requestedBy: null });
    const execution = uuidv7();
    const first = await open(siteId, 1, execution);
    expect(await open(siteId, 1, execution)).toEqual(first);
    expect(await findRun(database.db, first.runId ?? '')).toMatchObject({ process: 'check-links', siteId, state: 'running' });
    const taken = await database.db('run_requests').where({ run_id: first.runId }).select<{ id: string }[]>('id');
    expect(taken.map(({ id }) => id).sort()).toEqual(requests.map(({ id }) => id).sort());
    expect(await open(siteId, 2, execution)).toEqual({ runId: null });
  });

  it('of all sites needs no request, and makes one pass', async () => {
    const execution = uuidv7();
    expect((await open(null, 1, execution)).runId).not.toBeNull();
    expect(await open(null, 2, execution)).toEqual({ runId: null });
  });

  it('counts links that were looked at before it began as due', async () => {
    const id = await addLink('a', 'http://a.example.org/');
    await batch(await begin());
    const known = await link(id);
    if (known === undefined) throw new Error('There is no link');
    await saveCheck(database.db, known, { outcome: 'valid', code: 200 }, new Date(Date.now() - 60_000));
    asked = [];
    await database.db.transaction((trx) => changeContentItem(trx, { siteId, textId: 'a', fromRevision: null, set: { title: 'New' }, by: null, reason: 'edited' }));
    await batch(await begin());
    expect(asked).toEqual(['a.example.org/']);
  });
});
