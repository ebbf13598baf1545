import { type AdminSiteRow, changeSite, countDriveFiles, countSiteItems, findAdminSite, setDriveFolder, type SiteChange, siteOfDriveFolder } from '#db/queries/adminSites.ts';
import { listContentItems } from '#db/queries/contentItems.ts';
import { listSiteDeployments } from '#db/queries/deployments.ts';
import { findDriveFolders } from '#db/queries/driveFolders.ts';
import { findRepository } from '#db/queries/repositories.ts';
import { insertRunRequest, listWaitingRequests } from '#db/queries/runRequests.ts';
import { setSiteRole } from '#db/queries/sitePeople.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { findSite, findSiteByShortId, lockSite, type SiteRow } from '#db/queries/sites.ts';
import { findStarter, findStarterBySlug } from '#db/queries/starters.ts';
import { findUserByEmail } from '#db/queries/users.ts';
import { archivedFault } from '#domain/archivedSites.ts';
import { builderOf } from '#domain/builderOf.ts';
import { counted } from '#domain/counted.ts';
import type { SiteConfig } from '#domain/siteConfig.ts';
import { siteProblems } from '#domain/siteProblems.ts';
import { siteStoragePrefix, siteUrl } from '#domain/siteUrl.ts';
import { type Misfit, starterMisfits } from '#domain/starterFit.ts';
import { createDriveFoldersContract } from '#temporal/contracts/createDriveFolders.ts';
import type { z } from 'zod';
import { ApiError } from './apiError.ts';
import { presentArchive, whyNotArchive } from './archiveSite.ts';
import type { Principal } from './auth/principal.ts';
import type { siteChangeSchema, siteSettingsSchema } from './contracts/adminSites.ts';
import type { ApiDeps } from './deps.ts';
import { isDriveSetUp } from './isDriveSetUp.ts';
import { makeOwner } from './makeOwner.ts';

type Deps = Pick<ApiDeps, 'config' | 'db'>;
type Asked = z.output<typeof siteChangeSchema>;
/** Who asks. */
type By = Pick<Principal, 'name' | 'userId'>;
type Field = Exclude<keyof Asked, 'acceptMisfits'>;

/** Postgres says so when a unique index refuses a row. */
const UNIQUE_VIOLATION = '23505';
/** Misfits that an answer names; the count is whole. */
export const NAMED_MISFITS = 50;

/** Why each field cannot be changed now; a field that is not in it can. */
async function fixedFields({ config, db }: Deps, site: SiteRow): Promise<Partial<Record<Field | 'name' | 'urlPath', string>>> {
  const repository = await findRepository(db, site.id);
  const deployments = await listSiteDeployments(db, site.id);
  const isRoot = site.name === config.rootWebsiteName || site.name === config.testRootWebsiteName;
  const always = {
    name: 'The name is the site’s address in the studio, its folder in the storage bucket and part of what the engine calls its work, so it stays for good. To have another, make a site of that name and archive this one.',
    urlPath: deployments.some((row) => row.version === 'live' && row.manifestKey !== null)
      ? 'Readers know the site by its address. ‘Move the site’ on its page gives it another and leads readers on from the old one.'
      : 'The address is chosen on the site’s page, where a publish is asked for.',
  };
  if (site.archivedAt !== null) {
    const fixed = archivedFault(site.title);
    return { ...always, title: fixed, shortId: fixed, starter: fixed, owner: fixed, siteType: fixed, source: fixed, driveFolder: fixed };
  }
  const driveFiles = await countDriveFiles(db, site.id);
  const [isWorking, isWaiting] = await Promise.all([listRuns(db, { siteId: site.id, state: 'running' }, { limit: 1, offset: 0 }), listWaitingRequests(db, [site.id])]);
  const busy = isWorking.total > 0 || isWaiting.length > 0 ? 'A run of the site is at work, or waits to begin. Wait until it has ended.' : undefined;
  const shortId =
    repository?.htmlUrl != null || repository?.mainHead != null || site.committedRevision > 0
      ? `The repository ${config.gitOrganization}/${site.shortId} bears it, and so does the site’s entry in the root site. It cannot be renamed from here: make a site with the right short id and archive this one.`
      : deployments.length > 0
        ? 'The site was published, and what was published bears it.'
        : busy;
  const driveFolder = !isDriveSetUp(config)
    ? 'The studio is connected to no Google Drive.'
    : driveFiles > 0
      ? `${counted(driveFiles, 'file')} of the present folder ${driveFiles === 1 ? 'is' : 'are'} known, and would be taken for missing in another one. Move the files in Google Drive instead, or have them removed from the site first.`
      : busy;
  const starter = isRoot ? 'The root site has the starter that all others are listed by.' : busy;
  return { ...always, ...(shortId === undefined ? {} : { shortId }), ...(driveFolder === undefined ? {} : { driveFolder }), ...(starter === undefined ? {} : { starter }) };
}

async function adminSite({ db }: Pick<ApiDeps, 'db'>, site: SiteRow): Promise<AdminSiteRow> {
  const row = await findAdminSite(db, site.id);
  if (row === undefined) throw new ApiError('notFound', `There is no site named ‘${site.name}’ any more.`);
  return row;
}

/** Everything an admin may read and change about a site. */
export async function presentSettings(deps: Deps, site: SiteRow): Promise<z.input<typeof siteSettingsSchema>> {
  const { config, db } = deps;
  const [row, fixed, deployments, folders, items, repository, starter] = await Promise.all([
    adminSite(deps, site),
    fixedFields(deps, site),
    listSiteDeployments(db, site.id),
    findDriveFolders(db, site.id),
    countSiteItems(db, site.id),
    findRepository(db, site.id),
    site.starterId === null ? undefined : findStarter(db, site.starterId),
  ]);
  const deployed = (version: 'draft' | 'live') => deployments.find((deployment) => deployment.version === version && deployment.theme === '' && deployment.manifestKey !== null);
  const setting = <T>(field: Field | 'name' | 'urlPath', value: T): { value: T; fixed: string | null } => ({ value, fixed: fixed[field] ?? null });
  return {
    title: setting('title', row.title),
    shortId: setting('shortId', row.shortId),
    starter: setting('starter', row.starter),
    owner: setting('owner', row.owner),
    siteType: setting('siteType', row.siteType),
    source: setting('source', row.source),
    driveFolder: setting('driveFolder', folders?.ids.site ?? null),
    name: setting('name', row.name),
    urlPath: setting('urlPath', row.urlPath),
    derived: {
      id: row.id,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
      items: items.items,
      deletedItems: items.deleted,
      savedRevision: site.contentRevision,
      committedRevision: site.committedRevision,
      repositoryUrl: repository?.htmlUrl ?? `${config.gitCloneBaseUrl}/${config.gitOrganization}/${site.shortId}`,
      storagePath: starter?.config == null ? null : siteStoragePrefix(starter.config as SiteConfig, site),
      builder: builderOf(config, site),
      publishesCaptions: row.publishesCaptions,
      draftUrl: deployed('draft') === undefined ? null : siteUrl(config, site, 'draft'),
      draftPublishedAt: deployed('draft')?.deployedAt?.toISOString() ?? null,
      liveUrl: deployed('live') === undefined ? null : siteUrl(config, site, 'live'),
      livePublishedAt: deployed('live')?.deployedAt?.toISOString() ?? null,
      firstLiveAt: deployments.find((deployment) => deployment.version === 'live' && deployment.theme === '')?.firstDeployedAt?.toISOString() ?? null,
      unpublishStatus: site.unpublishStatus,
      driveFolders: folders === undefined ? [] : Object.entries(folders.ids).map(([name, id]) => ({ name, id })),
    },
    problems: row.problems.map((id) => ({ id, message: siteProblems[id] })),
    archive: await presentArchive(deps, site),
    whyNotArchive: site.archivedAt === null ? await whyNotArchive(deps, site) : null,
  };
}

/**
 * What of a site another starter would not allow.
 * @throws {ApiError} starterMissing when there is no such starter that can be used.
 */
export async function fitOf({ db }: Pick<ApiDeps, 'db'>, site: SiteRow, slug: string): Promise<{ readonly starterId: string; readonly items: number; readonly misfits: readonly Misfit[] }> {
  const starter = await findStarterBySlug(db, slug);
  const fault = (message: string): ApiError => new ApiError('starterMissing', message, [{ path: 'body.starter', message }]);
  if (starter === undefined) throw fault(`There is no starter ‘${slug}’.`);
  if (starter.config === null) throw fault(`The starter ‘${slug}’ was never read without fault, so nothing can be checked against it.`);
  const present = site.starterId === null ? undefined : await findStarter(db, site.starterId);
  const items = (await listContentItems(db, site.id)).filter((item) => item.deletedAt === null);
  return { starterId: starter.id, items: items.length, misfits: starterMisfits(items, starter.config as SiteConfig, (present?.config as SiteConfig | null | undefined) ?? null) };
}

/**
 * Changes settings of a site, all of what is asked or nothing.
 * @returns the changed site, what happens because of it, and the request that makes it happen, if one does.
 * @throws {ApiError} which names the field and why it cannot be what was asked.
 */
export async function changeSettings(deps: Deps, site: SiteRow, asked: Asked, by: By): Promise<{ readonly site: SiteRow; readonly consequences: readonly string[]; readonly requestId: string | null; readonly changed: readonly Field[] }> {
  const { db } = deps;
  try {
    return await db.transaction(async (trx) => {
      await lockSite(trx, site.id);
      const held = await findSite(trx, site.id);
      if (held === undefined) throw new ApiError('notFound', `There is no site named ‘${site.name}’ any more.`);
      return changeHeld({ ...deps, db: trx }, held, asked, by);
    });
  } catch (error) {
    // Somebody took the short id between the look and the write.
    if (error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION && asked.shortId !== undefined) throw shortIdInUse(asked.shortId, 'another site');
    throw error;
  }
}

async function changeHeld(deps: Deps, site: SiteRow, asked: Asked, by: By) {
  const { config, db } = deps;
  const row = await adminSite(deps, site);
  const folder = (await findDriveFolders(db, site.id))?.ids.site ?? null;
  const present: Readonly<Record<Field, string | null>> = { title: row.title, shortId: row.shortId, starter: row.starter?.slug ?? null, owner: row.owner?.email.toLowerCase() ?? null, siteType: row.siteType, source: row.source, driveFolder: folder };
  const wanted: Readonly<Partial<Record<Field, string | null | undefined>>> = { ...asked, owner: asked.owner?.toLowerCase() ?? asked.owner };
  const changed = (Object.keys(present) as Field[]).filter((field) => wanted[field] !== undefined && wanted[field] !== present[field]);
  const fixed = await fixedFields(deps, site);
  for (const field of changed) {
    const why = fixed[field];
    if (why !== undefined) throw new ApiError('wrongState', why, [{ path: `body.${field}`, message: why }]);
  }
  const consequences: string[] = [];
  const change: { -readonly [K in keyof SiteChange]: SiteChange[K] } = {};
  let requestId: string | null = null;
  for (const field of changed) {
    switch (field) {
      case 'title':
        change.title = asked.title ?? row.title;
        consequences.push('The title in the site’s metadata stays as it is; the next save of the metadata brings it back here.');
        break;
      case 'siteType':
        change.siteType = asked.siteType ?? row.siteType;
        break;
      case 'source':
        change.source = asked.source ?? row.source;
        break;
      case 'shortId': {
        const shortId = asked.shortId ?? row.shortId;
        const holder = await findSiteByShortId(db, shortId);
        if (holder !== undefined && holder.id !== site.id) throw shortIdInUse(shortId, `the site ‘${holder.name}’`);
        change.shortId = shortId;
        consequences.push(`Its repository will be ${config.gitOrganization}/${shortId}; none had been made. A folder in Google Drive keeps the name it has.`);
        break;
      }
      case 'starter': {
        const fit = await fitOf(deps, site, asked.starter ?? '');
        if (fit.misfits.length > 0 && !asked.acceptMisfits) throw doesNotFit(asked.starter ?? '', fit.misfits);
        change.starterId = fit.starterId;
        consequences.push(`${counted(fit.items, 'item')} ${fit.items === 1 ? 'is' : 'are'} written to the repository anew where the starter wants another form, and the site has unpublished changes.`);
        if (fit.misfits.length > 0) consequences.push(`${counted(fit.misfits.length, 'item')} ${fit.misfits.length === 1 ? 'does' : 'do'} not fit: ${fit.misfits.length === 1 ? 'it' : 'they'} can be published as before, and whoever edits ${fit.misfits.length === 1 ? 'it' : 'one'} has to mend it.`);
        break;
      }
      case 'owner':
        await changeOwner(deps, site, row, asked.owner ?? null, by, consequences);
        break;
      case 'driveFolder': {
        const folderId = asked.driveFolder ?? null;
        const holder = folderId === null ? undefined : await siteOfDriveFolder(db, folderId);
        if (holder !== undefined) {
          const message = `This folder is one of the site ‘${holder}’.`;
          throw new ApiError('wrongState', message, [{ path: 'body.driveFolder', message }]);
        }
        await setDriveFolder(db, site.id, folderId);
        requestId = (await insertRunRequest(db, { process: createDriveFoldersContract.process, siteId: site.id, requestedBy: by.userId })).id;
        consequences.push(`${folderId === null ? 'The studio looks for the site’s folder, or makes one' : 'The folders for files and videos are looked for in it, or made'}; files in it come with the next sync. ${folder === null ? '' : 'The folder it had stays in Google Drive as it is.'}`.trim());
        break;
      }
    }
  }
  return { site: await changeSite(db, site.id, change), consequences, requestId, changed };
}

/** Gives a site to somebody else, who had none or another role on it; who owned it answers for it as an admin from then on. */
async function changeOwner({ db }: Deps, site: SiteRow, row: AdminSiteRow, email: string | null, by: By, consequences: string[]): Promise<void> {
  const owner = email === null ? undefined : await findUserByEmail(db, email);
  const refuse = (message: string): ApiError => new ApiError('wrongState', message, [{ path: 'body.owner', message }]);
  if (email !== null && owner === undefined) throw refuse(`The studio knows nobody with the address ${email}. Give that person a role first.`);
  if (owner?.isActive === false) throw refuse(`The account of ${owner.name} is closed.`);
  if (owner !== undefined) await makeOwner(db, site, owner, by);
  else if (row.owner !== null) await setSiteRole(db, site.id, row.owner.id, 'admin');
  if (row.owner !== null) consequences.push(`${row.owner.name} stays an admin of the site.`);
}

function doesNotFit(slug: string, misfits: readonly Misfit[]): ApiError {
  const issues = misfits.slice(0, NAMED_MISFITS).flatMap((misfit) => misfit.issues.map((issue) => ({ path: `items.${misfit.textId}.${issue.path}`, message: issue.message })));
  return new ApiError('invalidFields', `${counted(misfits.length, 'item')} of the site ${misfits.length === 1 ? 'does' : 'do'} not fit the starter ‘${slug}’. Look at what does not fit; then change it all the same, or leave it.`, issues);
}

function shortIdInUse(shortId: string, holder: string): ApiError {
  const message = `The short id ‘${shortId}’ is that of ${holder}, and names its repository.`;
  return new ApiError('nameInUse', message, [{ path: 'body.shortId', message }]);
}
