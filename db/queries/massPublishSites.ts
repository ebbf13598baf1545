import { v7 as uuidv7 } from 'uuid';
import { type MassCounts, type MassSiteState, noMassCounts } from '#domain/massPublish.ts';
import type { PublishVersion, RunState } from '#domain/runs.ts';
import type { Db } from '../knex.ts';

const ROWS_AT_ONCE = 500;

export interface MassSiteRow {
  readonly id: string;
  readonly siteId: string;
  readonly siteName: string;
  readonly siteTitle: string;
  readonly position: number;
  readonly state: MassSiteState;
  readonly attempt: number;
  readonly requestId: string | null;
  readonly publishRunId: string | null;
  readonly beforeRunId: string | null;
  readonly afterRunId: string | null;
  readonly reason: string | null;
  readonly askedAt: Date | null;
  readonly endedAt: Date | null;
}

interface DbMassSite {
  id: string;
  site_id: string;
  site_name: string;
  site_title: string;
  position: number;
  state: MassSiteState;
  attempt: number;
  request_id: string | null;
  publish_run_id: string | null;
  before_run_id: string | null;
  after_run_id: string | null;
  reason: string | null;
  asked_at: Date | null;
  ended_at: Date | null;
}

function fromDb(row: DbMassSite): MassSiteRow {
  return {
    id: row.id,
    siteId: row.site_id,
    siteName: row.site_name,
    siteTitle: row.site_title,
    position: row.position,
    state: row.state,
    attempt: row.attempt,
    requestId: row.request_id,
    publishRunId: row.publish_run_id,
    beforeRunId: row.before_run_id,
    afterRunId: row.after_run_id,
    reason: row.reason,
    askedAt: row.asked_at,
    endedAt: row.ended_at,
  };
}

function selectSites(db: Db) {
  return db('mass_publish_sites as m').join('sites', 'sites.id', 'm.site_id').select('m.*', 'sites.name as site_name', 'sites.title as site_title');
}

export interface PublishableFilter {
  readonly version: PublishVersion;
  /** Name of the root site, which needs no address. */
  readonly rootName: string;
  /** Names that are never published with others. */
  readonly except: readonly string[];
  readonly names?: readonly string[] | undefined;
  readonly starterSlug?: string | undefined;
  readonly source?: string | undefined;
}

/** Sites of which this version was put out before and can be again, by name: with an address, not unpublished. */
export async function listPublishableSites(db: Db, filter: PublishableFilter): Promise<{ id: string; name: string }[]> {
  return db('sites')
    .join('starters', 'starters.id', 'sites.starter_id')
    .join('deployments as d', (join) => join.on('d.site_id', 'sites.id').andOnVal('d.version', filter.version).andOnVal('d.theme', '').andOnNotNull('d.manifest_key'))
    .whereNull('sites.unpublish_status')
    .whereNull('sites.archived_at')
    .where((either) => void either.whereNotNull('sites.url_path').orWhere('sites.name', filter.rootName))
    .whereNotIn('sites.name', [...filter.except])
    .modify((query) => {
      if (filter.names !== undefined) query.whereIn('sites.name', [...filter.names]);
      if (filter.starterSlug !== undefined) query.where('starters.slug', filter.starterSlug);
      if (filter.source !== undefined) query.where('sites.source', filter.source);
    })
    .orderBy('sites.name')
    .select<{ id: string; name: string }[]>('sites.id', 'sites.name');
}

export interface NewMassSite {
  readonly siteId: string;
  readonly position: number;
  readonly state: 'waiting' | 'skipped';
  readonly reason: string | null;
}

/** Writes down the sites of a mass publish; one that is there already stays as it is. */
export async function insertMassSites(trx: Db, massPublishId: string, sites: readonly NewMassSite[]): Promise<void> {
  for (let start = 0; start < sites.length; start += ROWS_AT_ONCE) {
    const rows = sites.slice(start, start + ROWS_AT_ONCE).map((site) => ({ id: uuidv7(), mass_publish_id: massPublishId, site_id: site.siteId, position: site.position, state: site.state, reason: site.reason, ended_at: site.state === 'skipped' ? trx.fn.now() : null }));
    await trx('mass_publish_sites').insert(rows).onConflict(['mass_publish_id', 'site_id']).ignore();
  }
}

/** How many sites of each of these mass publishes are in each state, keyed by id; one without sites is not in it. */
export async function countMassSites(db: Db, ids: readonly string[]): Promise<Map<string, MassCounts>> {
  const rows: { mass_publish_id: string; state: MassSiteState; sites: number }[] = await db('mass_publish_sites').whereIn('mass_publish_id', [...ids]).groupBy('mass_publish_id', 'state').select('mass_publish_id', 'state').count({ sites: '*' });
  const counts = new Map<string, MassCounts>();
  for (const row of rows) counts.set(row.mass_publish_id, { ...(counts.get(row.mass_publish_id) ?? noMassCounts), [row.state]: Number(row.sites) });
  return counts;
}

/** How many sites of a mass publish are in each state. */
export async function countSitesOf(db: Db, id: string): Promise<MassCounts> {
  return (await countMassSites(db, [id])).get(id) ?? noMassCounts;
}

/** Sites of a mass publish in their order, `limit` from `offset`, with the number of all that match. */
export async function listMassSites(db: Db, massPublishId: string, state: MassSiteState | undefined, page: { readonly limit: number; readonly offset: number }): Promise<{ total: number; sites: MassSiteRow[] }> {
  const where = { 'm.mass_publish_id': massPublishId, ...(state === undefined ? {} : { 'm.state': state }) };
  const rows: DbMassSite[] = await selectSites(db).where(where).orderBy('m.position').limit(page.limit).offset(page.offset);
  const counted = await db('mass_publish_sites as m').where(where).count<{ count: number }[]>({ count: '*' }).first();
  return { total: Number(counted?.count ?? 0), sites: rows.map(fromDb) };
}

/** What an undo brings back: the sites this mass publish put out, in their order; those that failed afterwards are among them. */
export async function listSitesToUndo(db: Db, massPublishId: string): Promise<MassSiteRow[]> {
  const rows: DbMassSite[] = await selectSites(db).where({ 'm.mass_publish_id': massPublishId }).whereIn('m.state', ['succeeded', 'failed']).whereNotNull('m.after_run_id').orderBy('m.position');
  return rows.map(fromDb);
}

/** The site of a mass publish that is next, held until the transaction's end. */
export async function lockNextMassSite(trx: Db, massPublishId: string): Promise<MassSiteRow | undefined> {
  const row = await selectSites(trx).where({ 'm.mass_publish_id': massPublishId, 'm.state': 'waiting' }).orderBy('m.position').forUpdate('m').first<DbMassSite | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** One site’s line of a mass publish. */
export async function findMassSite(db: Db, massPublishId: string, siteId: string): Promise<MassSiteRow | undefined> {
  const row = await selectSites(db).where({ 'm.mass_publish_id': massPublishId, 'm.site_id': siteId }).first<DbMassSite | undefined>();
  return row === undefined ? undefined : fromDb(row);
}

/** Notes that a site's publish is asked for, and what readers see until then. */
export async function markAsked(trx: Db, id: string, asked: { readonly requestId: string; readonly beforeRunId: string | null }): Promise<void> {
  await trx('mass_publish_sites').where({ id }).update({ state: 'asked', request_id: asked.requestId, before_run_id: asked.beforeRunId, publish_run_id: null, reason: null, asked_at: trx.fn.now(), ended_at: null, updated_at: trx.fn.now() });
}

/** Notes that a site is left out. */
export async function markSkipped(trx: Db, id: string, reason: string): Promise<void> {
  await trx('mass_publish_sites').where({ id }).update({ state: 'skipped', reason, ended_at: trx.fn.now(), updated_at: trx.fn.now() });
}

/** Requests of a mass publish that the engine may not know of, because who asked died before it told. */
export async function listUntoldRequests(db: Db, massPublishId: string): Promise<{ siteId: string; siteName: string; requestId: string }[]> {
  const rows: { site_id: string; name: string; request_id: string }[] = await db('mass_publish_sites as m')
    .join('run_requests as q', 'q.id', 'm.request_id')
    .join('sites', 'sites.id', 'm.site_id')
    .where({ 'm.mass_publish_id': massPublishId, 'm.state': 'asked' })
    .whereNull('q.run_id')
    .whereNull('q.delivered_at')
    .orderBy('m.position')
    .select('m.site_id', 'sites.name', 'm.request_id');
  return rows.map((row) => ({ siteId: row.site_id, siteName: row.name, requestId: row.request_id }));
}

/** How the publishes ended that a mass publish asked for; those that failed first and succeeded when somebody retried them are among them. */
export interface SettledSite {
  readonly id: string;
  readonly siteId: string;
  readonly requestId: string | null;
  readonly runId: string | null;
  readonly runState: RunState | null;
  readonly reason: string | null;
  /** Whether readers see what the run wrote, however it ended. */
  readonly isOut: boolean;
  /** The run that went out between the asking and the pass. */
  readonly betweenRunId: string | null;
}

/** Lines whose publish has come to something they do not say yet, held until the transaction's end. */
export async function lockSettledSites(trx: Db, massPublishId: string): Promise<SettledSite[]> {
  const rows: { id: string; site_id: string; request_id: string | null; run_id: string | null; run_state: RunState | null; reason_message: string | null; is_out: boolean; between_run_id: string | null }[] = await trx('mass_publish_sites as m')
    .leftJoin('run_requests as q', 'q.id', 'm.request_id')
    .leftJoin('runs as r', (join) => join.on('r.id', trx.raw('coalesce(q.run_id, m.publish_run_id)')))
    .where('m.mass_publish_id', massPublishId)
    .whereRaw(`((m.state = 'asked' and (m.request_id is null or r.state <> 'running')) or (m.state = 'failed' and r.state = 'succeeded'))`)
    .orderBy('m.position')
    .forUpdate('m')
    .select(
      'm.id', 'm.site_id', 'm.request_id', 'r.id as run_id', 'r.state as run_state', 'r.reason_message',
      trx.raw(`exists (select 1 from deployments d where d.run_id = r.id and d.theme = '') as is_out`),
      trx.raw(`(select b.id from runs b where b.process = 'publish-site' and b.site_id = m.site_id and b.version = r.version and b.state = 'succeeded' and b.id <> r.id
        and b.ended_at >= m.asked_at and b.ended_at <= r.started_at order by b.ended_at desc limit 1) as between_run_id`),
    );
  return rows.map((row) => ({ id: row.id, siteId: row.site_id, requestId: row.request_id, runId: row.run_id, runState: row.run_state, reason: row.reason_message, isOut: row.is_out, betweenRunId: row.between_run_id }));
}

/** Notes how one site's publish ended. */
export async function settleSite(trx: Db, id: string, ended: { readonly state: 'succeeded' | 'failed' | 'cancelled'; readonly runId: string | null; readonly isOut: boolean; readonly reason: string | null; readonly betweenRunId: string | null }): Promise<void> {
  await trx('mass_publish_sites')
    .where({ id })
    .update({
      state: ended.state,
      publish_run_id: ended.runId,
      after_run_id: ended.isOut ? ended.runId : null,
      reason: ended.state === 'succeeded' ? null : ended.reason,
      ...(ended.betweenRunId === null ? {} : { before_run_id: ended.betweenRunId }),
      ended_at: trx.fn.now(),
      updated_at: trx.fn.now(),
    });
}

/** Notes that an undo brought back what a site showed before. */
export async function markUndone(trx: Db, massPublishId: string, siteId: string): Promise<void> {
  await trx('mass_publish_sites').where({ mass_publish_id: massPublishId, site_id: siteId }).whereIn('state', ['succeeded', 'failed']).update({ state: 'undone', updated_at: trx.fn.now() });
}

/** Stops what has not begun: sites that wait, and requests that no pass took. Passes that run go on. */
export async function stopWaitingSites(trx: Db, massPublishId: string, reason: string): Promise<void> {
  const stopped = { state: 'cancelled', reason, ended_at: trx.fn.now(), updated_at: trx.fn.now() };
  await trx('mass_publish_sites').where({ mass_publish_id: massPublishId, state: 'waiting' }).update(stopped);
  const asked: { id: string; request_id: string | null }[] = await trx('mass_publish_sites').where({ mass_publish_id: massPublishId, state: 'asked' }).whereNotNull('request_id').select('id', 'request_id');
  for (const { id, request_id: requestId } of asked) {
    const withdrawn = await trx('run_requests').where({ id: requestId }).whereNull('run_id').delete();
    if (withdrawn > 0) await trx('mass_publish_sites').where({ id }).update(stopped);
  }
}

/** Lets failed sites be asked for once more. @returns how many. */
export async function reopenFailedSites(trx: Db, massPublishId: string): Promise<number> {
  return trx('mass_publish_sites')
    .where({ mass_publish_id: massPublishId, state: 'failed' })
    .update({ state: 'waiting', attempt: trx.raw('attempt + 1'), request_id: null, publish_run_id: null, after_run_id: null, reason: null, asked_at: null, ended_at: null, updated_at: trx.fn.now() });
}

/** A pass that a person asked for too tells the catalogues by itself. */
const onlyMass = `not exists (select 1 from run_requests p where p.run_id = m.after_run_id and p.input ->> 'massRunId' is null)`;

/** How many sites went out of which the catalogues were not told. */
export async function countUnnoticed(db: Db, massPublishId: string): Promise<number> {
  const counted = await db('mass_publish_sites as m').join('sites', 'sites.id', 'm.site_id').where({ 'm.mass_publish_id': massPublishId, 'm.state': 'succeeded' }).whereNull('m.notice_batch').whereNotNull('sites.url_path').whereRaw(onlyMass).count<{ count: number }[]>({ count: '*' }).first();
  return Number(counted?.count ?? 0);
}

/** The addresses one notice speaks of: those it was given before, or the next ones that none spoke of, up to so many and so long together. */
export async function takeNoticeBatch(trx: Db, massPublishId: string, batch: number, most: { readonly addresses: number; readonly characters: number }): Promise<string[]> {
  const address = trx.raw(`coalesce(runs.frozen ->> 'urlPath', sites.url_path) as url_path`);
  const ofMass = () => trx('mass_publish_sites as m').join('sites', 'sites.id', 'm.site_id').leftJoin('runs', 'runs.id', 'm.after_run_id').where({ 'm.mass_publish_id': massPublishId }).orderBy('m.position').select('m.id', address);
  const given: { url_path: string }[] = await ofMass().where({ 'm.notice_batch': batch });
  if (given.length > 0) return given.map((row) => row.url_path);
  const next: { id: string; url_path: string }[] = await ofMass().where({ 'm.state': 'succeeded' }).whereNull('m.notice_batch').whereNotNull('sites.url_path').whereRaw(onlyMass).limit(most.addresses);
  let characters = 0;
  const taken = next.filter((row, index) => (characters += row.url_path.length) <= most.characters || index === 0);
  await trx('mass_publish_sites').whereIn('id', taken.map((row) => row.id)).update({ notice_batch: batch, updated_at: trx.fn.now() });
  return taken.map((row) => row.url_path);
}

/** When the last sites ended that were really published, newest first. */
export async function listLastEnds(db: Db, massPublishId: string, limit: number): Promise<Date[]> {
  const rows: { ended_at: Date }[] = await db('mass_publish_sites').where({ mass_publish_id: massPublishId }).whereIn('state', ['succeeded', 'failed']).whereNotNull('ended_at').orderBy('ended_at', 'desc').limit(limit).select('ended_at');
  return rows.map((row) => row.ended_at);
}

/** Whether this mass publish asked for this run. */
export async function isAskedForByMass(db: Db, runId: string, massPublishId: string): Promise<boolean> {
  return (await db('run_requests').where({ run_id: runId }).whereRaw(`input ->> 'massRunId' = ?`, [massPublishId]).first<{ id: string } | undefined>('id')) !== undefined;
}

/** Takes back what mass publishes asked for of a live site and no pass took: it was taken offline since. Call with the site locked, inside a transaction. */
export async function leaveOutUnpublished(trx: Db, siteId: string, reason: string): Promise<void> {
  const asked: { id: string; request_id: string }[] = await trx('mass_publish_sites as m').join('run_requests as q', 'q.id', 'm.request_id').where({ 'm.site_id': siteId, 'm.state': 'asked', 'q.version': 'live' }).whereNull('q.run_id').select('m.id', 'm.request_id');
  for (const { id, request_id: requestId } of asked) {
    await trx('run_requests').where({ id: requestId }).delete();
    await markSkipped(trx, id, reason);
  }
}

/** Whether nobody but mass publishes asked for this run. */
export async function isMadeByMassOnly(db: Db, runId: string): Promise<boolean> {
  const row = await db('run_requests').where({ run_id: runId }).whereRaw(`input ->> 'massRunId' is null`).first<{ id: string } | undefined>('id');
  return row === undefined;
}

/** Whether a publish of this site and version runs, or waits for a pass. */
export async function isBeingPublished(db: Db, siteId: string, version: PublishVersion): Promise<boolean> {
  const running = await db('runs').where({ process: 'publish-site', site_id: siteId, version, state: 'running' }).first<{ id: string } | undefined>('id');
  if (running !== undefined) return true;
  const waiting = await db('run_requests').where({ process: 'publish-site', site_id: siteId, version }).whereNull('run_id').first<{ id: string } | undefined>('id');
  return waiting !== undefined;
}

/** Whether a site was taken offline, or is being. */
export async function isUnpublished(db: Db, siteId: string): Promise<boolean> {
  return (await db('sites').where({ id: siteId }).whereNotNull('unpublish_status').first<{ id: string } | undefined>('id')) !== undefined;
}

/** Ids of the sites with these names, by name. */
export async function listSiteIdsByName(db: Db, names: readonly string[]): Promise<string[]> {
  const rows: { id: string }[] = await db('sites').whereIn('name', [...names]).orderBy('name').select('id');
  return rows.map((row) => row.id);
}
