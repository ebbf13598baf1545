import { v7 as uuidv7 } from 'uuid';
import { beforeAll, describe, expect, test } from 'vitest';
import { contracts, type RouteKey } from '#api/contracts/index.ts';
import { createTemporalClient } from '#temporal/client.ts';
import { publishSiteContract } from '#temporal/contracts/publishSite.ts';
import { taskQueueName } from '#temporal/taskQueues.ts';
import { insertAccessRequest } from '#db/queries/accessRequests.ts';
import { openCaptionOrder } from '#db/queries/captionOrders.ts';
import { changeContentItem, createContentItem } from '#db/queries/contentChanges.ts';
import { insertContentDeletions } from '#db/queries/contentDeletions.ts';
import { findContentItem } from '#db/queries/contentItems.ts';
import { insertReview } from '#db/queries/reviews.ts';
import { insertRunRequest } from '#db/queries/runRequests.ts';
import { openRun as insertRun, recordPhase } from '#db/queries/runs.ts';
import { grantRole } from '#db/queries/roleGrants.ts';
import { insertSession } from '#db/queries/sessions.ts';
import { ensureUserByEmail } from '#db/queries/users.ts';
import { listVideoTracks, putVideoTrack } from '#db/queries/videoTracks.ts';
import { makeContentItem } from '#test/factories/contentItem.ts';
import { makeContentSite, putLive } from './support/content.ts';
import { makeRun, makeSite } from './support/sites.ts';
import { useTemporal } from './support/temporal.ts';
import { type Caller, type SendOptions, useApi } from './support/testApi.ts';

const temporal = useTemporal();
const api = useApi({ env: () => temporal.env });

const callers = ['nobody', 'stan', 'stranger', 'editor', 'siteAdmin', 'owner', 'author', 'admin', 'token', 'authorToken', 'powerless'] as const;
type CallerName = (typeof callers)[number];
type Expected = Record<CallerName, number>;

/** Everybody gets the first status but the named ones. */
const all = (status: number, but: Partial<Expected> = {}): Expected => ({ ...(Object.fromEntries(callers.map((name) => [name, status])) as Expected), nobody: 401, ...but });

const signedIn = all(200);
const adminsOnly = (status: number): Expected => all(403, { admin: status, token: status });
const ofSite = (status: number, but: Partial<Expected> = {}): Expected => all(403, { editor: status, siteAdmin: status, owner: status, admin: status, token: status, ...but });
const answersForSite = (status: number, but: Partial<Expected> = {}): Expected => all(403, { siteAdmin: status, owner: status, admin: status, token: status, ...but });
const authors = (status: number): Expected => all(403, { author: status, authorToken: status, admin: status, token: status });

/** Everybody but machines, which have no account. */
const people = (status: number, but: Partial<Expected> = {}): Expected => all(status, { token: 403, authorToken: 403, powerless: 403, ...but });

interface Case {
  readonly route: RouteKey;
  /** What makes this case another than the route's others. */
  readonly about?: string;
  readonly given?: () => Promise<SendOptions> | SendOptions;
  readonly expected: Expected;
}

let siteId: string;
let otherSiteId: string;
/** A site whose starter says which content it has; the same people have the same roles on it. */
let contentSiteId: string;

/** The publish of the open workflow, put into this state: its buttons have somebody to tell. */
async function openRun(version: 'draft' | 'live', state: 'running' | 'failed'): Promise<SendOptions> {
  const rows = await api.db('runs').where({ workflow_id: publishSiteContract.workflowId('algebra', version), process: 'publish-site' }).update({ state }).returning<{ id: string }[]>('id');
  const [row] = rows;
  if (row === undefined) throw new Error('There is no such run');
  return { params: { run: row.id } };
}

let reviews = 1;
/** A review that waits for a decision, asked for by a person or (null) the command line; the open workflow hears what is decided. */
async function openReview(version: 'draft' | 'live', by: string | null = 'stan@example.edu'): Promise<SendOptions> {
  const workflow = await api.db('runs').where({ workflow_id: publishSiteContract.workflowId('algebra', version), pass: 1 }).first<{ workflow_id: string; workflow_run_id: string }>('workflow_id', 'workflow_run_id');
  const { runId } = await insertRun(api.db, { process: 'review-publish', siteId, version, workflowId: workflow.workflow_id, workflowRunId: workflow.workflow_run_id, pass: (reviews += 1), frozen: {} });
  await recordPhase(api.db, { runId, phase: 'decide', state: 'running' });
  await insertReview(api.db, { runId, siteId, version, askedBy: by === null ? null : (await ensureUserByEmail(api.db, by)).id });
  return { params: { run: runId } };
}

/** One item of the site that has a starter. */
const ofItem = (item: string, more: Partial<SendOptions> = {}): SendOptions => ({ ...more, params: { site: 'geometry', item } });

/** A kind of content of that site. */
const ofKind = (kind: string, more: Partial<SendOptions> = {}): SendOptions => ({ ...more, params: { site: 'geometry', kind } });

/** What a tab sends of an edit that nobody has seen. */
const newDraft = (more: Record<string, unknown> = {}): Record<string, unknown> => ({ edit: uuidv7(), counter: 1, fields: { title: 'Unsaved' }, ...more });

/** A page that nobody has seen, added by the person of this address or by none. @returns its text id. */
async function newPage(addedBy: string | null = null): Promise<string> {
  const textId = uuidv7();
  const by = addedBy === null ? null : (await ensureUserByEmail(api.db, addedBy)).id;
  await api.db.transaction((trx) => createContentItem(trx, { siteId: contentSiteId, item: makeContentItem({ textId, filename: textId }), by, reason: 'created' }));
  return textId;
}

/** A page on its way out. @returns the request that put it there. */
async function newDeletion(): Promise<string> {
  const item = await findContentItem(api.db, contentSiteId, await newPage());
  const request = await insertRunRequest(api.db, { process: 'delete-content', siteId: contentSiteId, requestedBy: null });
  await insertContentDeletions(api.db, [{ requestId: request.id, siteId: contentSiteId, itemId: item?.id ?? null, driveFileId: null, cause: 'person', s3Key: null, s3VersionId: null, requestedBy: null }], 30);
  return request.id;
}

async function deletedPage(addedBy: string | null = null): Promise<string> {
  const textId = await newPage(addedBy);
  await api.db.transaction((trx) => changeContentItem(trx, { siteId: contentSiteId, textId, fromRevision: 1, set: {}, deleted: true, by: null, reason: 'deleted' }));
  return textId;
}

/** A video of the site that is on YouTube. @returns its id. */
async function newVideo(phase: 'captions' | 'done'): Promise<string> {
  const id = uuidv7();
  await api.db('videos').insert({ id, site_id: siteId, source: 'youtube', youtube_id: id, phase });
  return id;
}

/** An order of captions that waits for somebody who may spend. */
async function waitingCaptions(): Promise<SendOptions> {
  const videoId = await newVideo('captions');
  const order = await openCaptionOrder(api.db, { videoId, siteId, youtubeId: videoId, attempt: 1, mediaFileId: '1', turnaroundLevelId: 5, priceCents: null, state: 'waiting', reason: null });
  return { params: { order: order.id } };
}

/** A video with captions. */
async function captionedVideo(): Promise<SendOptions> {
  const video = await newVideo('done');
  await putVideoTrack(api.db, { videoId: video, kind: 'captions', language: 'en', source: 'drive', itemId: null, s3Key: 'lecture.vtt', md5: 'x' });
  const [track] = await listVideoTracks(api.db, video);
  return { params: { video, track: track?.id ?? '' } };
}

/** A sync with Google Drive that is at work. */
const openDriveSync = async (): Promise<SendOptions> => ({ params: { run: await makeRun(api.db, { siteId, version: null, process: 'sync-drive-folder', workflowId: `sync-drive-folder/${uuidv7()}` }) } });

/** A person nobody has seen, who owns nothing. */
const somebody = async (): Promise<SendOptions> => ({ params: { person: (await ensureUserByEmail(api.db, `somebody-${uuidv7()}@example.edu`)).id } });

/** One more editor of ‘algebra’. @returns who. */
async function newMember(): Promise<string> {
  const { id } = await ensureUserByEmail(api.db, `member-${uuidv7()}@example.edu`);
  await grantRole(api.db, id, { role: 'editor', siteId });
  return id;
}

/** A session of the person of this address. @returns its id. */
async function newSession(email: string): Promise<string> {
  const { id } = await ensureUserByEmail(api.db, email);
  return insertSession(api.db, { tokenHash: uuidv7(), userId: id, expiresAt: new Date(Date.now() + 60_000), nameId: null, sessionIndex: null });
}

/** Somebody asks for ‘algebra’. */
async function newAccessRequest(): Promise<SendOptions> {
  const { id } = await ensureUserByEmail(api.db, `asker-${uuidv7()}@example.edu`);
  return { params: { request: (await insertAccessRequest(api.db, { userId: id, siteId, siteName: 'algebra', message: 'Please.' })) ?? '' } };
}

const grant = (role: string, site?: string) => (): SendOptions => ({ body: { email: `somebody-${uuidv7()}@example.edu`, role, ...(site === undefined ? {} : { site }) } });

const table: readonly Case[] = [
  { route: 'GET /api/v1/admin/sites', expected: adminsOnly(200) },
  { route: 'GET /api/v1/admin/deleted-items', expected: adminsOnly(200) },
  { route: 'GET /api/v1/sites/:site/settings', given: () => ({ params: { site: 'geometry' } }), expected: adminsOnly(200) },
  { route: 'PATCH /api/v1/sites/:site/settings', given: () => ({ params: { site: 'geometry' }, body: { siteType: 'ocw' } }), expected: adminsOnly(200) },
  { route: 'GET /api/v1/sites/:site/starter-fit', given: () => ({ params: { site: 'geometry' }, query: { starter: 'nowhere' } }), expected: adminsOnly(422) },
  // Something of this site waits, so who may ask is told that.
  { route: 'POST /api/v1/sites/:site/archive', given: async () => (await insertRunRequest(api.db, { process: 'publish-site', siteId, version: 'draft', requestedBy: null }), { params: { site: 'algebra' }, body: {} }), expected: adminsOnly(409) },
  { route: 'POST /api/v1/sites/:site/unarchive', about: 'that is not archived', given: () => ({ params: { site: 'algebra' } }), expected: adminsOnly(409) },
  { route: 'GET /api/v1/starters/:starter', given: () => ({ params: { starter: 'course' } }), expected: adminsOnly(200) },
  { route: 'PATCH /api/v1/starters/:starter', given: () => ({ params: { starter: 'course' }, body: { name: 'Course' } }), expected: adminsOnly(200) },
  { route: 'POST /api/v1/starters/:starter/validation', given: () => ({ params: { starter: 'course' }, body: { text: 'collections: []' } }), expected: adminsOnly(200) },
  { route: 'PUT /api/v1/starters/:starter/draft', given: () => ({ params: { starter: 'course' }, body: { text: null } }), expected: adminsOnly(200) },
  { route: 'GET /api/v1/sites', expected: signedIn },
  { route: 'GET /api/v1/sites/:site', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site', about: 'a site that does not exist', given: () => ({ params: { site: 'nowhere' } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/sites/:site/publishes', about: 'draft', given: () => ({ params: { site: 'algebra' }, body: { version: 'draft' } }), expected: ofSite(202) },
  { route: 'POST /api/v1/sites/:site/publishes', about: 'live', given: () => ({ params: { site: 'algebra' }, body: { version: 'live' } }), expected: answersForSite(202) },
  { route: 'GET /api/v1/sites/:site/publishes', given: () => ({ params: { site: 'algebra' }, query: { version: 'live' } }), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/rollbacks', about: 'draft, to a publish that does not exist', given: () => ({ params: { site: 'algebra' }, body: { version: 'draft', runId: uuidv7() } }), expected: ofSite(404) },
  { route: 'POST /api/v1/sites/:site/rollbacks', about: 'live, to a publish that does not exist', given: () => ({ params: { site: 'algebra' }, body: { version: 'live', runId: uuidv7() } }), expected: answersForSite(404) },
  { route: 'POST /api/v1/sites/:site/offline-builds', about: 'draft, not published', given: () => ({ params: { site: 'algebra' }, body: { version: 'draft' } }), expected: ofSite(409) },
  { route: 'POST /api/v1/sites/:site/offline-builds', about: 'live, not published', given: () => ({ params: { site: 'algebra' }, body: { version: 'live' } }), expected: answersForSite(409) },
  { route: 'POST /api/v1/sites', given: () => ({ body: { title: 'New', shortId: `new-${uuidv7()}`, starter: 'course', name: `new-${uuidv7()}` } }), expected: authors(201) },
  { route: 'PATCH /api/v1/sites/:site', given: () => ({ params: { site: 'algebra' }, body: { title: 'Linear Algebra' } }), expected: answersForSite(200) },
  { route: 'GET /api/v1/new-site', given: () => ({ query: { title: 'Algebra' } }), expected: authors(200) },
  // A machine has no list to star a site in.
  { route: 'PUT /api/v1/sites/:site/favourite', given: () => ({ params: { site: 'algebra' } }), expected: { ...ofSite(200), token: 403 } },
  { route: 'DELETE /api/v1/sites/:site/favourite', given: () => ({ params: { site: 'algebra' } }), expected: { ...ofSite(200), token: 403 } },
  { route: 'GET /api/v1/sites/:site/unpublished', given: () => ({ params: { site: 'geometry' }, query: { version: 'live' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/unpublished', about: 'of a site that does not exist', given: () => ({ params: { site: 'nowhere' }, query: { version: 'live' } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/sites/:site/newest-runs', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/accessibility', given: () => ({ params: { site: 'geometry' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/url', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'PUT /api/v1/sites/:site/url', given: () => ({ params: { site: 'algebra' }, body: { urlPath: 'algebra' } }), expected: answersForSite(200) },
  // Never published live, so there is nothing to move: who may ask is told that, others that they may not.
  { route: 'GET /api/v1/sites/:site/moves/preview', given: () => ({ params: { site: 'algebra' }, query: { urlPath: 'elsewhere' } }), expected: adminsOnly(409) },
  { route: 'POST /api/v1/sites/:site/moves', given: () => ({ params: { site: 'algebra' }, body: { urlPath: 'elsewhere' } }), expected: adminsOnly(409) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'of a move', given: async () => ({ params: { run: await makeRun(api.db, { siteId, version: null, process: 'change-site-url', state: 'running', phase: 'redirect' }) } }), expected: adminsOnly(409) },
  { route: 'POST /api/v1/sites/:site/publishes', about: 'draft, with another URL', given: () => ({ params: { site: 'algebra' }, body: { version: 'draft', urlPath: `other-${uuidv7()}` } }), expected: answersForSite(202) },
  { route: 'GET /api/v1/sites/:site/unpublish', given: () => ({ params: { site: 'algebra' } }), expected: answersForSite(200) },
  // Never published live, so there is nothing to take offline: who may ask is told that, others that they may not.
  { route: 'POST /api/v1/sites/:site/unpublish', given: () => ({ params: { site: 'algebra' } }), expected: answersForSite(409) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'of an unpublish that has begun to remove', given: async () => ({ params: { run: await makeRun(api.db, { siteId, version: 'live', process: 'unpublish-site', state: 'running', phase: 'remove' }) } }), expected: answersForSite(409) },
  { route: 'GET /api/v1/sites/:site/builder', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  // Who may gets as far as hearing that there is no Concourse, or no starter.
  { route: 'PUT /api/v1/sites/:site/builder', given: () => ({ params: { site: 'algebra' }, body: { builder: 'concourse' } }), expected: adminsOnly(409) },
  { route: 'GET /api/v1/sites/:site/pipelines/:kind', given: () => ({ params: { site: 'algebra', kind: 's3-sync' } }), expected: adminsOnly(200) },
  { route: 'GET /api/v1/sites/:site/repository', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/repository', given: () => ({ params: { site: 'algebra' } }), expected: answersForSite(202) },
  { route: 'POST /api/v1/sites/:site/repository/commits', given: () => ({ params: { site: 'algebra' }, body: {} }), expected: ofSite(202) },
  { route: 'POST /api/v1/sites/:site/repository/commits', about: 'over others’ work', given: () => ({ params: { site: 'algebra' }, body: { overwrite: true } }), expected: answersForSite(202) },
  { route: 'POST /api/v1/sites/:site/repository/orphans', given: () => ({ params: { site: 'algebra' }, body: {} }), expected: answersForSite(202) },
  { route: 'POST /api/v1/sites/:site/rollbacks', about: 'to a publish that does not exist', given: () => ({ params: { site: 'algebra' }, body: { version: 'live', runId: uuidv7() } }), expected: answersForSite(404) },
  { route: 'POST /api/v1/sites/:site/reviews', about: 'of the live version', given: () => ({ params: { site: 'algebra' }, body: { version: 'live' } }), expected: ofSite(202) },
  { route: 'GET /api/v1/sites/:site/reviews', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/reviews/:run', given: () => openReview('live'), expected: ofSite(200) },
  { route: 'GET /api/v1/reviews/:run', about: 'of a run that is no review', given: () => openRun('live', 'running'), expected: all(404) },
  { route: 'GET /api/v1/reviews/:run/pages', about: 'before there is a report', given: async () => ({ ...(await openReview('live')), query: { path: 'index.html' } }), expected: ofSite(409) },
  { route: 'POST /api/v1/reviews/:run/publish', about: 'live', given: () => openReview('live'), expected: answersForSite(202) },
  { route: 'POST /api/v1/reviews/:run/publish', about: 'draft', given: () => openReview('draft'), expected: ofSite(202) },
  { route: 'POST /api/v1/reviews/:run/schedule', given: async () => ({ ...(await openReview('live')), body: { at: new Date(Date.now() + 3_600_000).toISOString() } }), expected: answersForSite(202) },
  { route: 'POST /api/v1/reviews/:run/unschedule', about: 'of what is not scheduled', given: () => openReview('live'), expected: answersForSite(409) },
  { route: 'POST /api/v1/reviews/:run/ask-approval', given: () => openReview('live'), expected: ofSite(202) },
  { route: 'POST /api/v1/reviews/:run/approve', about: 'that a person asked for', given: () => openReview('live'), expected: answersForSite(202) },
  { route: 'POST /api/v1/reviews/:run/approve', about: 'that the command line asked for', given: () => openReview('live', null), expected: { ...answersForSite(202), token: 403 } },
  { route: 'POST /api/v1/reviews/:run/reject', given: async () => ({ ...(await openReview('live')), body: { reason: 'Not yet.' } }), expected: answersForSite(202) },
  { route: 'GET /api/v1/schedules', expected: signedIn },
  { route: 'GET /api/v1/runs', expected: signedIn },
  { route: 'GET /api/v1/runs', about: 'of one site', given: () => ({ query: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/runs/:run', given: () => openRun('draft', 'running'), expected: ofSite(200) },
  { route: 'GET /api/v1/runs/:run', about: 'of no site', given: async () => ({ params: { run: await makeRun(api.db, { siteId: null, version: null, process: 'import-site', workflowId: `import-site/${uuidv7()}` }) } }), expected: authors(200) },
  { route: 'GET /api/v1/runs/:run', about: 'that does not exist', given: () => ({ params: { run: uuidv7() } }), expected: all(404) },
  { route: 'GET /api/v1/requests/:request', given: async () => ({ params: { request: (await insertRunRequest(api.db, { process: 'publish-site', siteId, version: 'live', requestedBy: null })).id } }), expected: ofSite(200) },
  { route: 'GET /api/v1/requests/:request', about: 'of no site, of somebody else', given: async () => ({ params: { request: (await insertRunRequest(api.db, { process: 'sync-starters', requestedBy: null })).id } }), expected: adminsOnly(200) },
  { route: 'POST /api/v1/runs/:run/retry', about: 'draft', given: () => openRun('draft', 'failed'), expected: ofSite(202) },
  { route: 'POST /api/v1/runs/:run/retry', about: 'live', given: () => openRun('live', 'failed'), expected: answersForSite(202) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'draft', given: () => openRun('draft', 'running'), expected: ofSite(202) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'live', given: () => openRun('live', 'running'), expected: answersForSite(202) },
  { route: 'POST /api/v1/runs/:run/give-up', about: 'draft', given: () => openRun('draft', 'failed'), expected: ofSite(202) },
  { route: 'POST /api/v1/runs/:run/give-up', about: 'live', given: () => openRun('live', 'failed'), expected: answersForSite(202) },
  // A machine has no eyes, so whoever may is a person.
  { route: 'POST /api/v1/sites/:site/preview', given: () => ({ params: { site: 'geometry' }, body: {} }), expected: all(403, { editor: 200, siteAdmin: 200, owner: 200, admin: 200 }) },
  { route: 'PUT /api/v1/sites/:site/preview/items/:item', about: 'a page', given: async () => ofItem(await newPage(), { body: { markdown: 'x' } }), expected: all(403, { editor: 200, siteAdmin: 200, owner: 200, admin: 200 }) },
  { route: 'PUT /api/v1/sites/:site/preview/items/:item', about: 'the site’s metadata', given: () => ofItem('sitemetadata', { body: { metadata: {} } }), expected: all(403, { siteAdmin: 200, owner: 200, admin: 200 }) },
  { route: 'DELETE /api/v1/sites/:site/preview/items/:item', given: () => ofItem('sitemetadata'), expected: all(403, { editor: 200, siteAdmin: 200, owner: 200, admin: 200 }) },
  { route: 'GET /api/v1/sites/:site/items', given: () => ({ params: { site: 'geometry' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/items', about: 'of a site that does not exist', given: () => ({ params: { site: 'nowhere' } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/sites/:site/kinds', given: () => ({ params: { site: 'geometry' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/kinds', about: 'of a site that does not exist', given: () => ({ params: { site: 'nowhere' } }), expected: adminsOnly(404) },
  // It has no file; who may not even ask is told that first.
  { route: 'GET /api/v1/sites/:site/items/:item/file', given: () => ofItem('sitemetadata'), expected: ofSite(404) },
  { route: 'POST /api/v1/sites/:site/uploads', given: () => ({ params: { site: 'geometry' }, body: { name: 'notes.pdf', type: 'application/pdf', size: 3, sha256: 'a'.repeat(64) } }), expected: ofSite(201) },
  // There is no such upload; who may not even ask is told that first.
  { route: 'POST /api/v1/sites/:site/uploads/:upload/finish', given: () => ({ params: { site: 'geometry', upload: uuidv7() } }), expected: ofSite(404) },
  { route: 'POST /api/v1/sites/:site/items', about: 'a page', given: () => ({ params: { site: 'geometry' }, body: { type: 'page', title: 'A page' } }), expected: ofSite(201) },
  { route: 'POST /api/v1/sites/:site/items', about: 'the site’s metadata', given: () => ({ params: { site: 'geometry' }, body: { type: 'sitemetadata', metadata: { course_title: 'Geometry' } } }), expected: answersForSite(409) },
  { route: 'GET /api/v1/sites/:site/items/:item', given: () => ofItem('sitemetadata'), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/items/:item', about: 'that does not exist', given: () => ofItem('nothing'), expected: ofSite(404) },
  { route: 'PATCH /api/v1/sites/:site/items/:item', about: 'a page', given: async () => ofItem(await newPage(), { body: { revision: 1, markdown: 'x' } }), expected: ofSite(200) },
  { route: 'PATCH /api/v1/sites/:site/items/:item', about: 'the site’s metadata', given: () => ofItem('sitemetadata', { body: { revision: 1, metadata: {} } }), expected: answersForSite(200) },
  { route: 'PATCH /api/v1/sites/:site/items/:item', about: 'the site’s metadata of an old revision', given: () => ofItem('sitemetadata', { body: { revision: 99, metadata: {} } }), expected: answersForSite(409) },
  { route: 'DELETE /api/v1/sites/:site/items/:item', about: 'that somebody else added', given: async () => ofItem(await newPage(), { query: { revision: 1 } }), expected: answersForSite(200) },
  { route: 'DELETE /api/v1/sites/:site/items/:item', about: 'that the editor added', given: async () => ofItem(await newPage('ed@example.edu'), { query: { revision: 1 } }), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/items/:item/undelete', about: 'that somebody else added', given: async () => ofItem(await deletedPage()), expected: answersForSite(200) },
  { route: 'POST /api/v1/sites/:site/items/:item/undelete', about: 'that the editor added', given: async () => ofItem(await deletedPage('ed@example.edu')), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/deletions', given: () => ({ params: { site: 'geometry' } }), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/items/:item/deletion', about: 'that somebody else added', given: async () => ofItem(await newPage()), expected: answersForSite(202) },
  { route: 'POST /api/v1/sites/:site/items/:item/deletion', about: 'that the editor added', given: async () => ofItem(await newPage('ed@example.edu')), expected: ofSite(202) },
  { route: 'POST /api/v1/sites/:site/deletions/undo', given: async () => ({ params: { site: 'geometry' }, body: { request: await newDeletion() } }), expected: answersForSite(202) },
  { route: 'POST /api/v1/sites/:site/deletions/now', given: async () => ({ params: { site: 'geometry' }, body: { request: await newDeletion() } }), expected: answersForSite(202) },
  // A draft and a place beside others are a person’s, so no machine has one.
  { route: 'GET /api/v1/sites/:site/items/:item/draft', about: 'of a page', given: async () => ofItem(await newPage()), expected: ofSite(200, { token: 403 }) },
  { route: 'GET /api/v1/sites/:site/items/:item/draft', about: 'of the site’s metadata', given: () => ofItem('sitemetadata'), expected: answersForSite(200, { token: 403 }) },
  { route: 'PUT /api/v1/sites/:site/items/:item/draft', about: 'of a page', given: async () => ofItem(await newPage(), { body: newDraft({ revision: 1 }) }), expected: ofSite(200, { token: 403 }) },
  { route: 'PUT /api/v1/sites/:site/items/:item/draft', about: 'of the site’s metadata', given: () => ofItem('sitemetadata', { body: newDraft({ revision: 1 }) }), expected: answersForSite(200, { token: 403 }) },
  { route: 'DELETE /api/v1/sites/:site/items/:item/draft', about: 'of a page', given: async () => ofItem(await newPage()), expected: ofSite(200, { token: 403 }) },
  { route: 'DELETE /api/v1/sites/:site/items/:item/draft', about: 'of the site’s metadata', given: () => ofItem('sitemetadata'), expected: answersForSite(200, { token: 403 }) },
  { route: 'GET /api/v1/sites/:site/kinds/:kind/draft', about: 'of a new page', given: () => ofKind('page'), expected: ofSite(200, { token: 403 }) },
  { route: 'PUT /api/v1/sites/:site/kinds/:kind/draft', about: 'of a new page', given: () => ofKind('page', { body: newDraft() }), expected: ofSite(200, { token: 403 }) },
  { route: 'DELETE /api/v1/sites/:site/kinds/:kind/draft', about: 'of a new page', given: () => ofKind('page'), expected: ofSite(200, { token: 403 }) },
  { route: 'POST /api/v1/sites/:site/items/:item/presence', about: 'at a page', given: async () => ofItem(await newPage(), { body: { edit: uuidv7() } }), expected: ofSite(200, { token: 403 }) },
  { route: 'POST /api/v1/sites/:site/items/:item/presence', about: 'at the site’s metadata', given: () => ofItem('sitemetadata', { body: { edit: uuidv7() } }), expected: answersForSite(200, { token: 403 }) },
  { route: 'GET /api/v1/sites/:site/items/:item/references', given: () => ofItem('sitemetadata'), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/items/:item/revisions', given: () => ofItem('sitemetadata'), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/items/:item/revisions/:revision', given: () => ({ params: { site: 'geometry', item: 'sitemetadata', revision: '1' } }), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/items/:item/restore', about: 'a page', given: async () => ofItem(await newPage(), { body: { revision: 1, to: 1 } }), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/items/:item/restore', about: 'the site’s metadata', given: () => ofItem('sitemetadata', { body: { revision: 1, to: 1 } }), expected: answersForSite(200) },
  { route: 'POST /api/v1/sites/:site/references/rebuild', given: () => ({ params: { site: 'geometry' } }), expected: answersForSite(200) },
  { route: 'GET /api/v1/pickers/items', about: 'of a site that was never published', given: () => ({ query: { site: 'geometry' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/pickers/items', about: 'of a published site', given: () => ({ query: { site: 'published' } }), expected: signedIn },
  { route: 'GET /api/v1/pickers/items', about: 'of a site that was never published, by its URL path', given: () => ({ query: { site: 'courses/geometry' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/pickers/sites', expected: signedIn },
  { route: 'POST /api/v1/pickers/titles', about: 'for a site of the caller’s', given: () => ({ body: { site: 'geometry' } }), expected: ofSite(200) },
  { route: 'POST /api/v1/imports', given: () => ({ query: { starter: 'course', folder: 'repo', gitUrl: 'https://git.localhost/a.git' } }), expected: authors(202) },
  { route: 'POST /api/v1/sites/:site/pulls', given: () => ({ params: { site: 'algebra' }, body: { dryRun: true } }), expected: answersForSite(202) },
  { route: 'POST /api/v1/sites/:site/pulls', about: 'of a site that does not exist', given: () => ({ params: { site: 'nowhere' }, body: {} }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/pulls/:run/plan', about: 'before there is one', given: async () => ({ params: { run: await makeRun(api.db, { siteId, version: null, process: 'pull-content', workflowId: 'pull-content/algebra' }) } }), expected: answersForSite(409) },
  { route: 'GET /api/v1/pulls/:run/plan', about: 'of a run that is no pull', given: () => openRun('draft', 'running'), expected: all(404) },
  { route: 'GET /api/v1/sites/:site/drive', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/drive/syncs', about: 'without a shared drive', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(409) },
  { route: 'POST /api/v1/sites/:site/drive/backfills', about: 'without a shared drive', given: () => ({ params: { site: 'algebra' } }), expected: answersForSite(409) },
  { route: 'GET /api/v1/drive-syncs/:run/files', given: openDriveSync, expected: ofSite(200) },
  { route: 'GET /api/v1/drive-syncs/:run/files', about: 'of a run that is no sync', given: () => openRun('draft', 'running'), expected: all(404) },
  { route: 'POST /api/v1/drive-syncs/:run/confirm-removal', about: 'of a sync that asks nothing', given: openDriveSync, expected: answersForSite(409) },
  { route: 'POST /api/v1/drive-syncs/:run/refuse-removal', about: 'of a sync that asks nothing', given: openDriveSync, expected: answersForSite(409) },
  { route: 'GET /api/v1/sites/:site/drive/files', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/drive/strays', about: 'while the bucket is away', given: () => ({ params: { site: 'geometry' } }), expected: answersForSite(503) },
  { route: 'POST /api/v1/sites/:site/drive/files/:file/retry', about: 'of no file', given: () => ({ params: { site: 'algebra', file: uuidv7() } }), expected: ofSite(404) },
  { route: 'GET /api/v1/sites/:site/caption-orders', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'PUT /api/v1/sites/:site/caption-settings', given: () => ({ params: { site: 'algebra' }, body: { publishesCaptions: true } }), expected: answersForSite(200) },
  { route: 'GET /api/v1/caption-orders', expected: adminsOnly(200) },
  { route: 'POST /api/v1/caption-orders/:order/approve', given: waitingCaptions, expected: adminsOnly(202) },
  { route: 'POST /api/v1/caption-orders/:order/refuse', given: waitingCaptions, expected: adminsOnly(202) },
  { route: 'GET /api/v1/sites/:site/videos', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/videos', expected: adminsOnly(200) },
  { route: 'GET /api/v1/videos/:video/download', about: 'of one that has none', given: async () => ({ params: { video: await newVideo('done') } }), expected: ofSite(404) },
  { route: 'GET /api/v1/videos/:video/tracks/:track', about: 'while the bucket is away', given: captionedVideo, expected: ofSite(503) },
  { route: 'POST /api/v1/videos/:video/retry', about: 'of one that is done', given: async () => ({ params: { video: await newVideo('done') } }), expected: ofSite(409) },
  { route: 'GET /api/v1/starters', expected: signedIn },
  { route: 'POST /api/v1/starters/sync', expected: adminsOnly(202) },
  { route: 'POST /api/v1/theme-builds', given: () => ({ body: {} }), expected: adminsOnly(202) },
  { route: 'GET /api/v1/me', expected: signedIn },
  { route: 'GET /api/v1/sign-in', expected: all(200, { nobody: 200 }) },
  { route: 'POST /api/v1/grants', about: 'a global role', given: grant('global_author'), expected: adminsOnly(200) },
  { route: 'POST /api/v1/grants', about: 'a role on a site', given: grant('editor', 'algebra'), expected: adminsOnly(200) },
  { route: 'POST /api/v1/grants', about: 'a role on a site that does not exist', given: grant('editor', 'nowhere'), expected: adminsOnly(404) },
  { route: 'POST /api/v1/grants/revoke', about: 'of nobody', given: grant('editor', 'algebra'), expected: adminsOnly(404) },
  { route: 'GET /api/v1/system', expected: signedIn },
  { route: 'GET /api/v1/telemetry', expected: all(200, { nobody: 200 }) },
  { route: 'GET /api/v1/features', expected: signedIn },
  { route: 'POST /api/v1/system/adopt', expected: adminsOnly(200) },
  { route: 'DELETE /api/v1/session', expected: signedIn },
  { route: 'GET /api/v1/cleanups/rules', expected: adminsOnly(200) },
  { route: 'POST /api/v1/cleanups', given: () => ({ body: { rule: 'baseurl', dryRun: true } }), expected: adminsOnly(202) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'of a cleanup that has ended', given: async () => ({ params: { run: await makeRun(api.db, { siteId: null, version: null, process: 'cleanup-content', state: 'cancelled', workflowId: `cleanup-content/${uuidv7()}` }) } }), expected: adminsOnly(409) },
  { route: 'GET /api/v1/runs/:run/report.csv', about: 'of a run that is no cleanup', given: () => openRun('draft', 'running'), expected: adminsOnly(404) },
  { route: 'POST /api/v1/mass-publishes/preview', given: () => ({ body: { version: 'draft' } }), expected: adminsOnly(200) },
  { route: 'POST /api/v1/mass-publishes', about: 'of a site that does not exist', given: () => ({ body: { version: 'draft', filter: ['nowhere'] } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/mass-publishes', expected: adminsOnly(200) },
  { route: 'GET /api/v1/mass-publishes/:run', about: 'that does not exist', given: () => ({ params: { run: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/mass-publishes/:run/sites', about: 'of none', given: () => ({ params: { run: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/mass-publishes/:run/pause', about: 'of none', given: () => ({ params: { run: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/mass-publishes/:run/resume', about: 'of none', given: () => ({ params: { run: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/mass-publishes/:run/cancel', about: 'of none', given: () => ({ params: { run: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/mass-publishes/:run/window', about: 'of none', given: () => ({ params: { run: uuidv7() }, body: { window: 2 } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/mass-publishes/:run/retry-failed', about: 'of none', given: () => ({ params: { run: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/mass-publishes/:run/undo', about: 'of none', given: () => ({ params: { run: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'of a mass publish that has ended', given: async () => ({ params: { run: await makeRun(api.db, { siteId: null, version: 'live', process: 'mass-publish', state: 'cancelled', workflowId: `mass-publish/${uuidv7()}` }) } }), expected: adminsOnly(409) },
  { route: 'POST /api/v1/import-syncs', given: () => ({ body: { dryRun: true } }), expected: adminsOnly(202) },
  { route: 'GET /api/v1/sites/:site/links', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/links', about: 'of a site that does not exist', given: () => ({ params: { site: 'nowhere' } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/sites/:site/items/:item/link', given: () => ofItem('sitemetadata'), expected: ofSite(200) },
  { route: 'POST /api/v1/sites/:site/link-checks', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(202) },
  // No account is set up: who may ask is told that, others that they may not.
  { route: 'POST /api/v1/sites/:site/link-archivings', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(409) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'of a link check that has ended', given: async () => ({ params: { run: await makeRun(api.db, { siteId, version: null, process: 'check-links', state: 'cancelled', workflowId: `check-links/${uuidv7()}` }) } }), expected: ofSite(409) },
  { route: 'POST /api/v1/runs/:run/cancel', about: 'of an archive of links that has ended', given: async () => ({ params: { run: await makeRun(api.db, { siteId, version: null, process: 'archive-links', state: 'cancelled', workflowId: 'archive-links', workflowRunId: uuidv7() }) } }), expected: ofSite(409) },
  { route: 'GET /api/v1/links', expected: adminsOnly(200) },
  { route: 'POST /api/v1/link-archivings', expected: adminsOnly(409) },
  { route: 'GET /api/v1/audit', expected: adminsOnly(200) },
  { route: 'GET /api/v1/audit.csv', expected: adminsOnly(200) },
  { route: 'GET /api/v1/sites/:site/audit', given: () => ({ params: { site: 'algebra' } }), expected: answersForSite(200) },
  { route: 'GET /api/v1/sites/:site/audit', about: 'of a site that does not exist', given: () => ({ params: { site: 'nowhere' } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/run-counts', expected: signedIn },
  { route: 'GET /api/v1/run-counts', about: 'of one site', given: () => ({ query: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/run-differences', expected: adminsOnly(200) },
  { route: 'GET /api/v1/engine-schedules', expected: adminsOnly(200) },
  // No worker has set them up: who may is told that, others that they may not.
  { route: 'POST /api/v1/engine-schedules/:schedule/pause', given: () => ({ params: { schedule: 'check-links' }, body: { reason: 'A rest.' } }), expected: adminsOnly(409) },
  { route: 'POST /api/v1/engine-schedules/:schedule/resume', given: () => ({ params: { schedule: 'check-links' } }), expected: adminsOnly(409) },
  { route: 'POST /api/v1/engine-schedules/:schedule/run', given: () => ({ params: { schedule: 'nothing' } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/youtube', expected: adminsOnly(200) },
  { route: 'POST /api/v1/youtube/resumptions', expected: adminsOnly(202) },
  { route: 'GET /api/v1/account', expected: signedIn },
  { route: 'GET /api/v1/sessions', expected: signedIn },
  { route: 'DELETE /api/v1/sessions/:session', about: 'of somebody else', given: async () => ({ params: { session: await newSession('stranger@example.edu') } }), expected: all(404, { stranger: 200, admin: 200, token: 200 }) },
  { route: 'POST /api/v1/sessions/end-others', expected: people(200) },
  { route: 'GET /api/v1/people', expected: adminsOnly(200) },
  { route: 'GET /api/v1/people/:person', given: () => somebody(), expected: adminsOnly(200) },
  { route: 'GET /api/v1/people/:person', about: 'of nobody', given: () => ({ params: { person: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/people/:person/close', given: () => somebody(), expected: adminsOnly(200) },
  { route: 'POST /api/v1/people/:person/open', given: () => somebody(), expected: adminsOnly(200) },
  { route: 'POST /api/v1/people/:person/hand-over', given: async () => ({ ...(await somebody()), body: { email: 'heir@example.edu' } }), expected: adminsOnly(200) },
  { route: 'GET /api/v1/people/:person/sessions', given: () => somebody(), expected: adminsOnly(200) },
  { route: 'POST /api/v1/people/:person/sessions/end', given: () => somebody(), expected: adminsOnly(200) },
  // Only a person takes responsibility for what is done in somebody’s name.
  { route: 'POST /api/v1/people/:person/impersonation', given: () => somebody(), expected: { ...adminsOnly(200), token: 403 } },
  { route: 'DELETE /api/v1/impersonation', about: 'of who acts as nobody', expected: all(409) },
  { route: 'GET /api/v1/tokens', expected: adminsOnly(200) },
  { route: 'POST /api/v1/tokens', given: () => ({ body: { name: uuidv7(), scopes: ['read'] } }), expected: adminsOnly(201) },
  { route: 'DELETE /api/v1/tokens/:token', about: 'of none', given: () => ({ params: { token: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/sites/:site/people', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
  { route: 'GET /api/v1/sites/:site/people', about: 'of a site that does not exist', given: () => ({ params: { site: 'nowhere' } }), expected: adminsOnly(404) },
  { route: 'POST /api/v1/sites/:site/people', given: () => ({ params: { site: 'algebra' }, body: { email: `somebody-${uuidv7()}@example.edu`, role: 'editor' } }), expected: answersForSite(201) },
  { route: 'PATCH /api/v1/sites/:site/people/:person', given: async () => ({ params: { site: 'algebra', person: await newMember() }, body: { role: 'admin' } }), expected: answersForSite(200) },
  { route: 'DELETE /api/v1/sites/:site/people/:person', given: async () => ({ params: { site: 'algebra', person: await newMember() } }), expected: answersForSite(200) },
  { route: 'PUT /api/v1/sites/:site/owner', about: 'to who is it', given: async () => (await make.owner(), { params: { site: 'geometry' }, body: { email: 'olga@example.edu' } }), expected: all(403, { owner: 409, admin: 409, token: 409 }) },
  { route: 'POST /api/v1/access-requests', about: 'for a site of which one has a role', given: () => ({ body: { site: 'algebra', message: 'Please.' } }), expected: people(202, { editor: 409, siteAdmin: 409, owner: 409, admin: 409 }) },
  { route: 'POST /api/v1/access-requests', about: 'for a site that does not exist', given: () => ({ body: { site: uuidv7(), message: 'Please.' } }), expected: people(202) },
  { route: 'POST /api/v1/access-requests/:request/approve', given: async () => ({ ...(await newAccessRequest()), body: { role: 'editor' } }), expected: all(404, { siteAdmin: 200, owner: 200, admin: 200, token: 200 }) },
  { route: 'POST /api/v1/access-requests/:request/refuse', given: async () => ({ ...(await newAccessRequest()), body: {} }), expected: all(404, { siteAdmin: 200, owner: 200, admin: 200, token: 200 }) },
  { route: 'GET /api/v1/me/mail-preferences', expected: all(200, { token: 403, authorToken: 403, powerless: 403 }) },
  { route: 'PUT /api/v1/me/mail-preferences', given: () => ({ body: { groups: {} } }), expected: all(200, { token: 403, authorToken: 403, powerless: 403 }) },
  // Others see those to themselves.
  { route: 'GET /api/v1/mails', expected: signedIn },
  { route: 'POST /api/v1/mails/:mail/resend', about: 'of none', given: () => ({ params: { mail: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/mail-suppressions', expected: adminsOnly(200) },
  { route: 'POST /api/v1/mail-suppressions/:suppression/lift', about: 'of none', given: () => ({ params: { suppression: uuidv7() } }), expected: adminsOnly(404) },
  { route: 'GET /api/v1/sites/:site/validation', given: () => ({ params: { site: 'algebra' } }), expected: ofSite(200) },
];

/** Checked where they live: the stream never ends by itself. */
const elsewhere: readonly RouteKey[] = ['GET /api/v1/events'];

const make: Record<Exclude<CallerName, 'nobody'>, () => Promise<Caller>> = {
  stan: () => api.person('stan@example.edu'),
  stranger: () => api.person('stranger@example.edu', [{ role: 'owner', siteId: otherSiteId }]),
  editor: () => api.person('ed@example.edu', [{ role: 'editor', siteId }, { role: 'editor', siteId: contentSiteId }]),
  siteAdmin: () => api.person('sam@example.edu', [{ role: 'admin', siteId }, { role: 'admin', siteId: contentSiteId }]),
  owner: () => api.person('olga@example.edu', [{ role: 'owner', siteId }, { role: 'owner', siteId: contentSiteId }]),
  author: () => api.person('gus@example.edu', [{ role: 'global_author' }]),
  admin: () => api.person('ada@example.edu', [{ role: 'global_admin' }]),
  token: () => api.token(['global_admin'], 'all rights'),
  authorToken: () => api.token(['global_author'], 'importer'),
  powerless: () => api.token([], 'powerless'),
};

beforeAll(async () => {
  siteId = await makeSite(api.db, 'algebra', { title: 'Linear Algebra' });
  otherSiteId = await makeSite(api.db, 'topology', { title: 'Topology' });
  contentSiteId = await makeContentSite(api.db, 'geometry');
  await api.db.transaction((trx) => createContentItem(trx, { siteId: contentSiteId, item: makeContentItem({ textId: 'sitemetadata', type: 'sitemetadata', isPageContent: false, dirpath: 'data', filename: 'course', metadata: { course_title: 'Geometry' } }), by: null, reason: 'imported' }));
  await putLive(api.db, await makeContentSite(api.db, 'published'));
  const client = createTemporalClient(api.config);
  try {
    for (const version of ['draft', 'live'] as const) {
      const { workflowId, workflowType, taskQueue } = publishSiteContract;
      const handle = await client.workflow.start(workflowType, { workflowId: workflowId('algebra', version), taskQueue: taskQueueName(taskQueue, ''), args: [{ siteId, siteName: 'algebra', version }] });
      await makeRun(api.db, { siteId, version, phase: 'build', workflowId: workflowId('algebra', version), workflowRunId: handle.firstExecutionRunId });
    }
  } finally {
    await client.connection.close();
  }
});

test('every route stands in the table of rights', () => {
  const known = new Set<string>([...table.map((entry) => entry.route), ...elsewhere]);
  expect(Object.keys(contracts).filter((key) => !known.has(key))).toEqual([]);
});

describe.each(table.map((entry) => ({ ...entry, name: entry.about === undefined ? entry.route : `${entry.route} (${entry.about})` })))('$name', ({ route, given, expected }) => {
  test.each(callers)('%s', async (caller) => {
    const who = caller === 'nobody' ? null : await make[caller]();
    // Nobody has no cookie either: what is refused is the missing sign-in, not a forged request.
    const nobody = { 'sec-fetch-site': 'same-origin' };
    const options = await (given?.() ?? {});
    const answer = await api.call(route, who, { ...options, headers: caller === 'nobody' ? nobody : {} });
    expect(answer.status, answer.text).toBe(expected[caller]);
  });
});

describe('what people are shown', () => {
  // Those the table made.
  beforeAll(() => api.db('sites').where('name', 'like', 'new-%').delete());

  const namesOf = async (who: Caller): Promise<string[]> => ((await api.call('GET /api/v1/sites', who)).json as { sites: { name: string }[] }).sites.map((site) => site.name).sort();

  test('lists hold the sites of one’s roles, and their number tells nothing of the others', async () => {
    expect(await namesOf(await make.stan())).toEqual([]);
    expect(await namesOf(await make.author())).toEqual([]);
    expect(await namesOf(await make.editor())).toEqual(['algebra', 'geometry']);
    expect(await namesOf(await make.stranger())).toEqual(['topology']);
    expect(await namesOf(await make.admin())).toEqual(['algebra', 'geometry', 'published', 'topology']);
    const searched = await api.call('GET /api/v1/sites', await make.stranger(), { query: { search: 'algebra' } });
    expect(searched.json).toEqual({ total: 0, sites: [] });
    const runs = await api.call('GET /api/v1/runs', await make.stranger());
    expect(runs.json).toEqual({ total: 0, runs: [] });
  });

  test('a site that is not mine and a site that does not exist are told alike', async () => {
    const who = await make.stan();
    const there = await api.call('GET /api/v1/sites/:site', who, { params: { site: 'algebra' } });
    const nowhere = await api.call('GET /api/v1/sites/:site', who, { params: { site: 'nowhere' } });
    expect(there.json).toEqual(nowhere.json);
  });

  test('nobody but the person reads an e-mail address', async () => {
    const olga = await make.owner();
    await api.call('POST /api/v1/sites/:site/publishes', olga, { params: { site: 'algebra' }, body: { version: 'live' } });
    const request = await insertRunRequest(api.db, { process: 'publish-site', siteId, version: 'draft', requestedBy: olga.userId });
    const { params } = await openRun('draft', 'running');
    await api.db('run_requests').where({ id: request.id }).update({ run_id: params?.['run'] });
    for (const who of [await make.editor(), await make.admin(), await make.token()]) {
      const seen = [
        await api.call('GET /api/v1/sites', who),
        await api.call('GET /api/v1/sites/:site', who, { params: { site: 'algebra' } }),
        await api.call('GET /api/v1/runs', who),
        await api.call('GET /api/v1/runs/:run', who, { params: { run: params?.['run'] ?? '' } }),
      ];
      expect(seen[3]?.text).toContain('"name":"olga"');
      for (const answer of seen) expect(answer.text).not.toContain('@example.edu');
    }
    expect(((await api.call('GET /api/v1/me', olga)).json as { email: string }).email).toBe('olga@example.edu');
  });

  test('links into the Temporal UI are for who may inspect', async () => {
    const { params } = await openRun('draft', 'running');
    const urlFor = async (who: Caller): Promise<unknown> => ((await api.call('GET /api/v1/runs/:run', who, { params: params ?? {} })).json as { temporalUrl: unknown }).temporalUrl;
    expect(await urlFor(await make.owner())).toBeNull();
    expect(await urlFor(await make.admin())).toBe(`${api.config.temporalUiUrl}/namespaces/${api.config.temporalNamespace}/workflows/${encodeURIComponent(publishSiteContract.workflowId('algebra', 'draft'))}/${await runIdOf('draft')}/history`);
    expect(((await api.call('GET /api/v1/system', await make.owner())).json as { temporalUiUrl: unknown }).temporalUiUrl).toBeNull();
  });

  test('buttons are offered to exactly those who may press them', async () => {
    const canOf = async (who: Caller, version: 'draft' | 'live'): Promise<unknown> => {
      const { params } = await openRun(version, 'failed');
      return ((await api.call('GET /api/v1/runs/:run', who, { params: params ?? {} })).json as { can: unknown }).can;
    };
    expect(await canOf(await make.editor(), 'draft')).toEqual({ retry: true, cancel: false, giveUp: true });
    expect(await canOf(await make.editor(), 'live')).toEqual({ retry: false, cancel: false, giveUp: false });
    expect(await canOf(await make.owner(), 'live')).toEqual({ retry: true, cancel: false, giveUp: true });
  });

  test('who asked may see the request although it belongs to no site', async () => {
    const gus = await make.author();
    const answer = await api.call('POST /api/v1/imports', gus, { query: { starter: 'course', folder: 'repo', gitUrl: 'https://git.localhost/a.git' } });
    const { id } = answer.json as { id: string };
    expect((await api.call('GET /api/v1/requests/:request', gus, { params: { request: id } })).status).toBe(200);
    expect((await api.call('GET /api/v1/requests/:request', await make.authorToken(), { params: { request: id } })).status).toBe(403);
  });
});

async function runIdOf(version: 'draft' | 'live'): Promise<string> {
  const row = await api.db('runs').where({ workflow_id: publishSiteContract.workflowId('algebra', version) }).first<{ workflow_run_id: string }>('workflow_run_id');
  return row.workflow_run_id;
}
