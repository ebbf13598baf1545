import type { WaitingKind } from '#domain/waiting.ts';
import type { Db } from '../knex.ts';

export interface WaitingRow {
  readonly kind: WaitingKind;
  readonly site: { readonly name: string; readonly title: string } | null;
  /** The run where it is decided, if there is one. */
  readonly runId: string | null;
  /** For a run, its process. */
  readonly process: string | null;
  readonly since: Date;
  /** Other people with an open account who may take it on at once; null where that is no question. */
  readonly others: number | null;
}

const answersFor = `exists (select from role_grants g where g.site_id = sites.id and g.user_id = :user and g.role in ('owner', 'admin'))`;
const others = `(select count(*)::int from role_grants g join users u on u.id = g.user_id where g.site_id = sites.id and g.user_id <> :user and g.role in ('owner', 'admin') and u.is_active)`;
const isOpen = `runs.state in ('running', 'failed')`;

/** Each kind of what waits; every part names the same columns. */
const parts: Readonly<Record<WaitingKind, string>> = {
  'site-owned': `select sites.id as site_id, null::uuid as run_id, null::text as process, grants.created_at as since, ${others} as others from role_grants grants join sites on sites.id = grants.site_id where grants.user_id = :user and grants.role = 'owner'`,
  'review-asked': `select sites.id, reviews.run_id, 'review-publish', reviews.created_at, ${others} from reviews join runs on runs.id = reviews.run_id join sites on sites.id = reviews.site_id where ${isOpen} and :user in (reviews.asked_by, reviews.approval_asked_by)`,
  'review-to-decide': `select sites.id, reviews.run_id, 'review-publish', reviews.approval_asked_at, ${others} from reviews join runs on runs.id = reviews.run_id join sites on sites.id = reviews.site_id where ${isOpen} and reviews.approval_asked_at is not null and reviews.approved_at is null and ${answersFor}`,
  'publish-scheduled': `select sites.id, reviews.run_id, 'review-publish', reviews.scheduled_at, ${others} from reviews join runs on runs.id = reviews.run_id join sites on sites.id = reviews.site_id where ${isOpen} and reviews.scheduled_at is not null and reviews.let_through_at is null and reviews.scheduled_by = :user`,
  'run-asked': `select r.site_id, r.run_id, r.process, r.created_at, null::int from run_requests r left join runs on runs.id = r.run_id where r.requested_by = :user and (r.run_id is null or runs.state = 'running')`,
  'access-asked': `select sites.id, null::uuid, null::text, a.created_at, ${others} from access_requests a join sites on sites.id = a.site_id where a.state = 'open' and a.user_id = :user`,
  'access-to-decide': `select sites.id, null::uuid, null::text, a.created_at, ${others} from access_requests a join sites on sites.id = a.site_id where a.state = 'open' and a.user_id <> :user and ${answersFor}`,
};

/** What waits on a person, kind by kind, the oldest first; `limit` of it, with the number of all. */
export async function listWaitingOn(db: Db, userId: string, limit: number): Promise<{ total: number; waiting: WaitingRow[] }> {
  const all = Object.entries(parts).map(([kind, sql], order) => `select '${kind}' as kind, ${order} as kind_order, part.* from (${sql}) as part(site_id, run_id, process, since, others)`).join(' union all ');
  const { rows } = await db.raw<{ rows: { kind: WaitingKind; site_name: string | null; site_title: string | null; run_id: string | null; process: string | null; since: Date; others: number | null; total: number }[] }>(
    `select waiting.*, sites.name as site_name, sites.title as site_title, count(*) over ()::int as total from (${all}) waiting left join sites on sites.id = waiting.site_id order by kind_order, since, site_name, run_id limit :limit`,
    { user: userId, limit },
  );
  return { total: rows[0]?.total ?? 0, waiting: rows.map((row) => ({ kind: row.kind, site: row.site_name === null ? null : { name: row.site_name, title: row.site_title ?? row.site_name }, runId: row.run_id, process: row.process, since: row.since, others: row.others })) };
}
