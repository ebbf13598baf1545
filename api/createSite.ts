import type { z } from 'zod';
import { findSite, findSiteByName, findSiteByShortId, insertSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarterBySlug } from '#db/queries/starters.ts';
import { slugify } from '#domain/slug.ts';
import { ApiError } from './apiError.ts';
import { type newSiteSchema, shortIdSchema, siteNameSchema } from './contracts/sites.ts';
import type { ApiDeps } from './deps.ts';

/** Postgres says so when a unique index refuses a row. */
const UNIQUE_VIOLATION = '23505';

const NO_NAME = 'No name can be made of this title, because it has no Latin letters or digits. Give the site a name of its own.';
/** Longest name of a repository that GitHub takes, in characters. */
const MAX_SHORT_ID = 100;

/**
 * Makes the row of a site; who asked for it becomes its owner.
 * @throws {ApiError} which names every field that has to be another.
 */
export async function createSite(deps: Pick<ApiDeps, 'db'>, asked: z.output<typeof newSiteSchema>, ownerId: string | null): Promise<SiteRow> {
  const { db } = deps;
  const name = nameOf(asked);
  const starter = await findStarterBySlug(db, asked.starter);
  if (starter === undefined) throw starterFault(`There is no starter ‘${asked.starter}’. Read the starters first, or name another.`);
  if (starter.status === 'inactive') throw starterFault(`The starter ‘${asked.starter}’ is not used for new sites any more. Name another.`);
  if (starter.config === null) throw starterFault(`The starter ‘${asked.starter}’ was never read without fault: ${starter.fault ?? 'it has no configuration'}. Mend it in the projects repository and read the starters again.`);
  await assertFree(deps, asked, name);
  try {
    const id = await db.transaction((trx) => insertSite(trx, { name, shortId: asked.shortId, title: asked.title, starterId: starter.id, ownerId, urlPath: null, siteType: asked.siteType }));
    const site = await findSite(db, id);
    if (site === undefined) throw new Error(`Site ${id} vanished after its insert`);
    return site;
  } catch (error) {
    // Somebody made one with the same name or short id between the look and the insert.
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION) await assertFree(deps, asked, name);
    throw error;
  }
}

function nameOf(asked: z.output<typeof newSiteSchema>): string {
  if (asked.name !== undefined) return asked.name;
  const name = siteNameSchema.safeParse(slugify(asked.title).slice(0, 200));
  if (name.success) return name.data;
  throw new ApiError('validation', NO_NAME, [{ path: 'body.name', message: NO_NAME }]);
}

type Taken = { readonly field: 'title' | 'name' | 'shortId'; readonly message: string };

async function takenOf(deps: Pick<ApiDeps, 'db'>, asked: { readonly shortId: string; readonly name?: string | undefined }, name: string | null): Promise<Taken[]> {
  const byName = name === null ? undefined : await findSiteByName(deps.db, name);
  const byShortId = await findSiteByShortId(deps.db, asked.shortId);
  return [
    // A name made of the title is mended there, or by giving one.
    ...(byName === undefined ? [] : [{ field: asked.name === undefined ? 'title' : 'name', message: `There is a site named ‘${name}’ already.` } as const]),
    ...(byShortId === undefined ? [] : [{ field: 'shortId', message: `The short id ‘${asked.shortId}’ is that of the site ‘${byShortId.name}’, and names its repository.` } as const]),
  ];
}

/** What a new site would be called, and what of it is taken or wrong: for who types it. */
export async function lookAtNewSite(deps: Pick<ApiDeps, 'db'>, asked: { readonly title: string; readonly shortId?: string | undefined; readonly name?: string | undefined }): Promise<{ name: string | null; shortId: string; faults: Taken[] }> {
  const made = siteNameSchema.safeParse(asked.name === undefined || asked.name === '' ? slugify(asked.title).slice(0, 200) : asked.name);
  const isNamed = asked.name !== undefined && asked.name !== '';
  const shortId = asked.shortId ?? slugify(asked.title).slice(0, MAX_SHORT_ID);
  const parsed = shortIdSchema.safeParse(shortId);
  const faults: Taken[] = await takenOf(deps, { shortId: parsed.success ? parsed.data : '', name: isNamed ? asked.name : undefined }, made.success ? made.data : null);
  if (!made.success && (isNamed || asked.title.trim() !== '')) faults.push({ field: 'name', message: isNamed ? (made.error.issues[0]?.message ?? '') : NO_NAME });
  if (!parsed.success && shortId !== '') faults.push({ field: 'shortId', message: parsed.error.issues[0]?.message ?? '' });
  return { name: made.success ? made.data : null, shortId: parsed.success ? parsed.data : shortId, faults };
}

async function assertFree(deps: Pick<ApiDeps, 'db'>, asked: z.output<typeof newSiteSchema>, name: string): Promise<void> {
  const issues = (await takenOf(deps, asked, name)).map(({ field, message }) => ({ path: `body.${field}`, message }));
  if (issues.length > 0) throw new ApiError('nameInUse', issues.map((issue) => issue.message).join(' '), issues);
}

function starterFault(message: string): ApiError {
  return new ApiError('starterMissing', message, [{ path: 'body.starter', message }]);
}
