import { v7 as uuidv7 } from 'uuid';
import type { Db } from '#db/knex.ts';
import { insertRunRequest, type NewRunRequest, type RunRequestRow } from '#db/queries/runRequests.ts';
import { type NewRun, openRun } from '#db/queries/runs.ts';
import { findSite, insertSite, type NewSite, type SiteRow } from '#db/queries/sites.ts';
import { upsertStarter, findStarterBySlug } from '#db/queries/starters.ts';
import { ensureUserByEmail, type UserRow } from '#db/queries/users.ts';
import { makeSiteConfig } from './siteConfig.ts';

/** A starter with the small configuration; the same one for the same slug. @returns its id. */
export async function makeStarter(db: Db, slug = 'ocw-course-v2', config?: unknown): Promise<string> {
  return db.transaction(async (trx) => {
    // One after the other: two upserts of one row at once may meet in another of its unique indexes, and one of them fails.
    await trx.raw(`select pg_advisory_xact_lock(hashtext('test-starters'))`);
    const existing = await findStarterBySlug(trx, slug);
    if (config === undefined && existing !== undefined) return existing.id;
    await upsertStarter(trx, { slug, path: `projects/${slug}`, commit: 'c'.repeat(40), config: config === undefined ? makeSiteConfig() : config });
    const starter = await findStarterBySlug(trx, slug);
    if (starter === undefined) throw new Error(`The starter ${slug} vanished`);
    return starter.id;
  });
}

/** A site with its starter; name, short id and address are its own unless given. */
export async function makeSite(db: Db, given: Partial<NewSite> = {}): Promise<SiteRow> {
  const name = given.name ?? `course-${uuidv7()}`;
  const id = await insertSite(db, { name, shortId: name, title: `Title of ${name}`, starterId: given.starterId ?? (await makeStarter(db)), ownerId: null, urlPath: `courses/${name}`, ...given });
  const site = await findSite(db, id);
  if (site === undefined) throw new Error(`The site ${id} vanished`);
  return site;
}

/** A person with an address of their own. */
export async function makeUser(db: Db, email = `${uuidv7()}@example.edu`): Promise<UserRow> {
  return ensureUserByEmail(db, email);
}

/** A run of a publish, of a new site unless one is named. @returns its id. */
export async function makeRun(db: Db, given: Partial<NewRun> = {}): Promise<string> {
  const siteId = given.siteId === undefined ? (await makeSite(db)).id : given.siteId;
  const { runId } = await openRun(db, { process: 'publish-site', siteId, version: 'draft', workflowId: `publish-site/${siteId ?? ''}/draft`, workflowRunId: uuidv7(), pass: 1, frozen: {}, ...given });
  return runId;
}

/** A request for a publish, of a new site and by a new person unless named. */
export async function makeRequest(db: Db, given: Partial<NewRunRequest> = {}): Promise<RunRequestRow> {
  const siteId = given.siteId === undefined ? (await makeSite(db)).id : given.siteId;
  return insertRunRequest(db, { process: 'publish-site', siteId, version: 'draft', requestedBy: given.requestedBy ?? (await makeUser(db)).id, ...given });
}
