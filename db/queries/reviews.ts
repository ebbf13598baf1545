import type { Knex } from 'knex';
import { v7 as uuidv7 } from 'uuid';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import { announce } from '../changes.ts';
import type { Db } from '../knex.ts';

/** What was decided about a review, beside its run. A null person with a moment is the command line. */
export interface ReviewRow {
  readonly runId: string;
  readonly siteId: string;
  readonly siteName: string;
  readonly siteTitle: string;
  readonly version: PublishVersion;
  readonly state: RunState;
  readonly phase: string | null;
  readonly frozen: Record<string, unknown>;
  readonly commit: string | null;
  readonly reasonCode: string | null;
  readonly reasonMessage: string | null;
  readonly workflowId: string;
  readonly workflowRunId: string;
  readonly askedBy: string | null;
  readonly askedAt: Date;
  readonly approvalAskedBy: string | null;
  readonly approvalAskedAt: Date | null;
  readonly approvedBy: string | null;
  readonly approvedAt: Date | null;
  readonly scheduledAt: Date | null;
  readonly scheduledBy: string | null;
  readonly letThroughBy: string | null;
  readonly letThroughAt: Date | null;
  readonly publishRequestId: string | null;
  readonly publishAttempt: number | null;
  /** The pass that took the request. */
  readonly publishRunId: string | null;
  /** Counts of what it found, once it has compared. */
  readonly counts: Record<string, number> | null;
  readonly endedAt: Date | null;
}

interface DbReview {
  run_id: string;
  site_id: string;
  site_name: string;
  site_title: string;
  version: PublishVersion;
  state: RunState;
  phase: string | null;
  frozen: Record<string, unknown>;
  commit: string | null;
  reason_code: string | null;
  reason_message: string | null;
  workflow_id: string;
  workflow_run_id: string;
  asked_by: string | null;
  created_at: Date;
  approval_asked_by: string | null;
  approval_asked_at: Date | null;
  approved_by: string | null;
  approved_at: Date | null;
  scheduled_at: Date | null;
  scheduled_by: string | null;
  let_through_by: string | null;
  let_through_at: Date | null;
  publish_request_id: string | null;
  publish_attempt: number | null;
  publish_run_id: string | null;
  counts: Record<string, number> | null;
  ended_at: Date | null;
}

function fromDb(row: DbReview): ReviewRow {
  return {
    runId: row.run_id,
    siteId: row.site_id,
    siteName: row.site_name,
    siteTitle: row.site_title,
    version: row.version,
    state: row.state,
    phase: row.phase,
    frozen: row.frozen,
    commit: row.commit,
    reasonCode: row.reason_code,
    reasonMessage: row.reason_message,
    workflowId: row.workflow_id,
    workflowRunId: row.workflow_run_id,
    askedBy: row.asked_by,
    askedAt: row.created_at,
    approvalAskedBy: row.approval_asked_by,
    approvalAskedAt: row.approval_asked_at,
    approvedBy: row.approved_by,
    approvedAt: row.approved_at,
    scheduledAt: row.scheduled_at,
    scheduledBy: row.scheduled_by,
    letThroughBy: row.let_through_by,
    letThroughAt: row.let_through_at,
    publishRequestId: row.publish_request_id,
    publishAttempt: row.publish_attempt,
    publishRunId: row.publish_run_id,
    counts: row.counts,
    endedAt: row.ended_at,
  };
}

function selectReviews(db: Db) {
  return db('reviews')
    .join('runs', 'runs.id', 'reviews.run_id')
    .join('sites', 'sites.id', 'reviews.site_id')
    .leftJoin('run_requests', 'run_requests.id', 'reviews.publish_request_id')
    .leftJoin('run_phases', (join) => join.on('run_phases.run_id', 'reviews.run_id').andOnVal('run_phases.phase', 'plan').andOnVal('run_phases.state', 'done'))
    .select('reviews.*', 'runs.state', 'runs.phase', 'runs.frozen', 'runs.commit', 'runs.reason_code', 'runs.reason_message', 'runs.workflow_id', 'runs.workflow_run_id', 'runs.ended_at', 'sites.name as site_name', 'sites.title as site_title', 'run_requests.run_id as publish_run_id', 'run_phases.counts');
}

/** Notes who asked for the review of a run. Repeating it changes nothing. */
export async function insertReview(trx: Db, review: { readonly runId: string; readonly siteId: string; readonly version: PublishVersion; readonly askedBy: string | null }): Promise<void> {
  await trx('reviews').insert({ id: uuidv7(), run_id: review.runId, site_id: review.siteId, version: review.version, asked_by: review.askedBy }).onConflict('run_id').ignore();
}

/** The review a run is, or undefined. */
export async function findReview(db: Db, runId: string): Promise<ReviewRow | undefined> {
  const row = await selectReviews(db).where('reviews.run_id', runId).first<DbReview | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** The reviews of a site, newest first, with the number of all. */
export async function listReviews(db: Db, siteId: string, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; reviews: ReviewRow[] }> {
  const rows: DbReview[] = await selectReviews(db).where('reviews.site_id', siteId).orderBy([{ column: 'reviews.created_at', order: 'desc' }, { column: 'reviews.id', order: 'desc' }]).limit(page.limit).offset(page.offset);
  const counted = await db('reviews').where({ site_id: siteId }).count<{ count: number }[]>({ count: '*' }).first();
  return { total: counted?.count ?? 0, reviews: rows.map(fromDb) };
}

/** Reviews of a site and version that have not ended, oldest first. */
export async function listOpenReviews(db: Db, siteId: string, version: PublishVersion): Promise<ReviewRow[]> {
  const rows: DbReview[] = await selectReviews(db).where({ 'reviews.site_id': siteId, 'reviews.version': version }).whereIn('runs.state', ['running', 'failed']).orderBy('reviews.id');
  return rows.map(fromDb);
}

/** Publishes that are to come, the next one first, of these sites or of all. */
export async function listSchedules(db: Db, siteIds: readonly string[] | undefined, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; reviews: ReviewRow[] }> {
  const narrow = (query: Knex.QueryBuilder): void => {
    query.whereNotNull('reviews.scheduled_at').whereNull('reviews.let_through_at').whereIn('runs.state', ['running', 'failed']);
    if (siteIds !== undefined) query.whereIn('reviews.site_id', [...siteIds]);
  };
  const rows = await selectReviews(db).modify(narrow).orderBy([{ column: 'reviews.scheduled_at' }, { column: 'reviews.id' }]).limit(page.limit).offset(page.offset);
  const counted = await db('reviews').join('runs', 'runs.id', 'reviews.run_id').modify(narrow).count<{ count: number }[]>({ count: '*' }).first();
  return { total: counted?.count ?? 0, reviews: (rows as DbReview[]).map(fromDb) };
}

/** What is set of a review; what is absent stays. */
export interface ReviewChange {
  readonly approvalAskedBy?: string | null;
  readonly approvedBy?: string | null;
  readonly rejectedBy?: string | null;
  readonly scheduled?: { readonly at: Date; readonly by: string | null } | null;
  readonly letThroughBy?: string | null;
  readonly publish?: { readonly requestId: string; readonly attempt: number };
}

/** Notes a decision; the moment of one that is noted already stays. */
export async function changeReview(db: Db, runId: string, change: ReviewChange): Promise<void> {
  const once = (column: string): Knex.Raw => db.raw('coalesce(??, now())', [column]);
  const columns: Record<string, unknown> = { updated_at: db.fn.now() };
  if (change.approvalAskedBy !== undefined) Object.assign(columns, { approval_asked_by: change.approvalAskedBy, approval_asked_at: once('approval_asked_at') });
  if (change.approvedBy !== undefined) Object.assign(columns, { approved_by: change.approvedBy, approved_at: once('approved_at') });
  if (change.rejectedBy !== undefined) Object.assign(columns, { rejected_by: change.rejectedBy, rejected_at: once('rejected_at') });
  if (change.letThroughBy !== undefined) Object.assign(columns, { let_through_by: change.letThroughBy, let_through_at: once('let_through_at') });
  if (change.scheduled !== undefined) Object.assign(columns, { scheduled_at: change.scheduled?.at ?? null, scheduled_by: change.scheduled?.by ?? null });
  if (change.publish !== undefined) Object.assign(columns, { publish_request_id: change.publish.requestId, publish_attempt: change.publish.attempt });
  await db('reviews').where({ run_id: runId }).update(columns);
  const site = await db('reviews').join('sites', 'sites.id', 'reviews.site_id').where('reviews.run_id', runId).first<{ name: string } | undefined>('sites.name');
  await announce(db, { kind: 'run', site: site?.name ?? null, runId });
}

/** People who answer for a site: its owners and admins whose account is open. */
export async function listAnsweringFor(db: Db, siteId: string): Promise<string[]> {
  const rows: { user_id: string }[] = await db('role_grants').join('users', 'users.id', 'role_grants.user_id').where({ site_id: siteId, is_active: true }).whereIn('role', ['owner', 'admin']).orderBy('role_grants.user_id').select('user_id');
  return rows.map((row) => row.user_id);
}

/** An item somebody saved after a revision of the site. */
export interface LaterChangeRow {
  readonly textId: string;
  readonly type: string;
  readonly title: string | null;
  readonly isDeleted: boolean;
  readonly savedBy: string | null;
  readonly savedAt: Date;
}

/** Saves that are looked through; nobody reads on after so many. */
const MOST_SAVES = 1_000;

/**
 * Items of a site that were saved after its revision `since`, the latest first. Each save raises the site's revision by one, so
 * the newest saves are those that came after. `saves` is how many there were.
 */
export async function listLaterChanges(db: Db, siteId: string, since: number): Promise<{ saves: number; items: LaterChangeRow[] }> {
  const site = await db('sites').where({ id: siteId }).first<{ content_revision: number } | undefined>('content_revision');
  const saves = Math.max(0, (site?.content_revision ?? since) - since);
  if (saves === 0) return { saves, items: [] };
  const present = db('content_items').where({ site_id: siteId }).select('id as item_id', 'revision', 'updated_at as saved_at');
  const earlier = db('content_revisions').join('content_items', 'content_items.id', 'content_revisions.item_id').where({ site_id: siteId }).select('item_id', 'content_revisions.revision', 'saved_at');
  const rows: { text_id: string; type: string; title: string | null; deleted_at: Date | null; updated_by: string | null; updated_at: Date }[] = await db('content_items')
    .whereIn('id', db.select('item_id').from(db.unionAll([present, earlier]).orderBy([{ column: 'saved_at', order: 'desc' }, { column: 'revision', order: 'desc' }]).limit(Math.min(saves, MOST_SAVES)).as('saved')))
    .orderBy([{ column: 'updated_at', order: 'desc' }, { column: 'id' }])
    .select('text_id', 'type', 'title', 'deleted_at', 'updated_by', 'updated_at');
  return { saves, items: rows.map((row) => ({ textId: row.text_id, type: row.type, title: row.title, isDeleted: row.deleted_at !== null, savedBy: row.updated_by, savedAt: row.updated_at })) };
}
