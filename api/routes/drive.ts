import type { SignalDefinition } from '@temporalio/common';
import { S3Error } from '#clients/s3.ts';
import { listContentItemsByIds } from '#db/queries/contentItems.ts';
import { type DriveFileRow, findDriveFile, findDriveFilesByFileIds, pageOfDriveFiles } from '#db/queries/driveFiles.ts';
import { findDriveFolders } from '#db/queries/driveFolders.ts';
import { countDriveRunFiles, type DriveRunFileRow, listDriveRunFiles } from '#db/queries/driveRunFiles.ts';
import { listRuns } from '#db/queries/runLists.ts';
import { findRun, listRunPhases, type RunRow } from '#db/queries/runs.ts';
import { backfillDriveFolderContract } from '#temporal/contracts/backfillDriveFolder.ts';
import { ingestDriveFileContract, type DriveFileRequest } from '#temporal/contracts/ingestDriveFile.ts';
import { massDeleteConfirmed, massDeleteRefused, syncDriveFolderContract } from '#temporal/contracts/syncDriveFolder.ts';
import { ApiError } from '../apiError.ts';
import type { Principal } from '../auth/principal.ts';
import type { DriveFileReport } from '../contracts/drive.ts';
import type { ApiDeps } from '../deps.ts';
import { sitePolicy } from '../policies/sitePolicy.ts';
import { presentRuns } from '../presenters/runs.ts';
import type { Call, Handlers } from '../router.ts';
import { siteContent, writable } from '../siteContent.ts';
import { findStrays } from '../findStrays.ts';
import { isDriveSetUp } from '../isDriveSetUp.ts';
import { acceptRequest } from './publishes.ts';
import { visibleSite } from './sites.ts';

type Routes = Pick<
  Handlers,
  | 'GET /api/v1/sites/:site/drive'
  | 'POST /api/v1/sites/:site/drive/syncs'
  | 'POST /api/v1/sites/:site/drive/backfills'
  | 'GET /api/v1/drive-syncs/:run/files'
  | 'POST /api/v1/drive-syncs/:run/confirm-removal'
  | 'POST /api/v1/drive-syncs/:run/refuse-removal'
  | 'GET /api/v1/sites/:site/drive/files'
  | 'GET /api/v1/sites/:site/drive/strays'
  | 'POST /api/v1/sites/:site/drive/files/:file/retry'
>;

export function driveRoutes(deps: ApiDeps): Routes {
  const { config, db, engine } = deps;
  const isSetUp = isDriveSetUp(config);

  function assertReady(who: Principal, siteId: string): void {
    if (!sitePolicy.syncDrive(who, siteId)) throw new ApiError('forbidden', 'Only who writes the site’s content may bring files over. Ask its owner to add you.');
    if (!isSetUp) throw new ApiError('wrongState', 'This studio has no shared drive in Google Drive. Ask the engineers to set one up.');
  }

  async function visibleSync(runId: string, who: Principal): Promise<RunRow & { readonly siteId: string }> {
    const run = await findRun(db, runId);
    if (run?.process !== syncDriveFolderContract.process || run.siteId === null) throw new ApiError('notFound', 'There is no such sync with Google Drive.');
    if (!sitePolicy.see(who, run.siteId)) throw new ApiError('forbidden', 'This sync belongs to a site you have no role on.');
    return { ...run, siteId: run.siteId };
  }

  /** What a sync that runs asks people about. */
  async function askedBy(run: RunRow): Promise<{ missing: number; known: number } | null> {
    if (run.state !== 'running') return null;
    const phase = (await listRunPhases(db, [run.id])).get(run.id)?.find(({ phase: id }) => id === 'remove');
    const { missing, known } = phase?.counts ?? {};
    return phase?.state === 'running' && missing !== undefined && known !== undefined ? { missing, known } : null;
  }

  async function present(run: RunRow, who: Principal) {
    const [presented] = await presentRuns(deps, [run], who);
    if (presented === undefined) throw new Error(`Run ${run.id} was not presented`);
    return presented;
  }

  async function decide({ params: { run: runId }, who, note }: Pick<Call<'POST /api/v1/drive-syncs/:run/confirm-removal'>, 'params' | 'who' | 'note'>, step: 'remove them' | 'keep them', signal: SignalDefinition<[{ runId: string }]>) {
    note({ step });
    const run = await visibleSync(runId, who);
    if (!sitePolicy.removeMissingFiles(who, run.siteId)) throw new ApiError('forbidden', 'Only an owner or admin of the site decides about many files at once. Ask one of them.');
    const asked = await askedBy(run);
    if (asked !== null) note({ items: asked.missing });
    if (asked === null) throw new ApiError('wrongState', 'This sync asks nothing, or somebody has answered it. Look at its report.');
    await engine.signal(run, signal, { runId });
    return present((await findRun(db, runId)) ?? run, who);
  }

  return {
    'GET /api/v1/sites/:site/drive': async ({ params, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const { runs } = await listRuns(db, { siteId: site.id, process: syncDriveFolderContract.process }, { limit: 1, offset: 0 });
      const [newest] = runs;
      const folders = await findDriveFolders(db, site.id);
      const folderId = folders?.madeAt == null ? null : folders.ids.site;
      const report = newest === undefined ? null : await countDriveRunFiles(db, newest.id);
      return {
        isSetUp,
        folderUrl: folderId === null ? null : `https://drive.google.com/drive/folders/${encodeURIComponent(folderId)}/`,
        newest: newest === undefined ? null : await present(newest, who),
        asks: newest === undefined ? null : await askedBy(newest),
        outcomes: report?.outcomes ?? null,
        can: { sync: isSetUp && sitePolicy.syncDrive(who, site.id), decide: sitePolicy.removeMissingFiles(who, site.id) },
      };
    },

    'POST /api/v1/sites/:site/drive/syncs': async (call) => {
      const { params, who } = call;
      const site = await visibleSite(deps, params.site, who);
      assertReady(who, site.id);
      return acceptRequest(deps, call, { process: syncDriveFolderContract.process, siteId: site.id, requestedBy: who.userId });
    },

    'POST /api/v1/sites/:site/drive/backfills': async (call) => {
      const { params, who } = call;
      const site = await visibleSite(deps, params.site, who);
      if (!sitePolicy.backfillDrive(who, site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may put its files into Google Drive. Ask one of them.');
      assertReady(who, site.id);
      return acceptRequest(deps, call, { process: backfillDriveFolderContract.process, siteId: site.id, requestedBy: who.userId });
    },

    'GET /api/v1/drive-syncs/:run/files': async ({ params, query, who }) => {
      const run = await visibleSync(params.run, who);
      const files = await listDriveRunFiles(db, run.id, query);
      const { outcomes } = await countDriveRunFiles(db, run.id);
      const rows = new Map((await findDriveFilesByFileIds(db, run.siteId, files.map((file) => file.fileId))).map((row) => [row.fileId, row]));
      const total = query.outcome === undefined ? Object.values(outcomes).reduce((sum, count) => sum + count, 0) : outcomes[query.outcome];
      return { total, files: files.map((file) => presentFile(file, rows.get(file.fileId))) };
    },

    'POST /api/v1/drive-syncs/:run/confirm-removal': (call) => decide(call, 'remove them', massDeleteConfirmed),
    'POST /api/v1/drive-syncs/:run/refuse-removal': (call) => decide(call, 'keep them', massDeleteRefused),

    'GET /api/v1/sites/:site/drive/files': async ({ params, query, who }) => {
      const site = await visibleSite(deps, params.site, who);
      const { total, files } = await pageOfDriveFiles(db, site.id, query);
      const items = new Map((await listContentItemsByIds(db, files.flatMap((file) => file.itemId ?? []))).map((item) => [item.id, item]));
      return {
        total,
        files: files.map((file) => {
          const item = items.get(file.itemId ?? '');
          const { id, fileId, folder, path, name, reason, size, state } = file;
          return { id, fileId, url: urlOf(fileId), folder, path, name, reason, size, state, item: item === undefined ? null : { textId: item.textId, title: item.title } };
        }),
      };
    },

    'GET /api/v1/sites/:site/drive/strays': async ({ params, who }) => {
      const content = await siteContent(deps, params.site, who);
      if (!sitePolicy.seeStrays(who, content.site.id)) throw new ApiError('forbidden', 'Only an owner or admin of the site may look through its part of the storage bucket. Ask one of them.');
      const { site, config: siteConfig } = writable(content);
      try {
        return await findStrays(deps, site, siteConfig);
      } catch (error) {
        if (error instanceof S3Error) throw new ApiError('storageUnavailable', `The storage bucket cannot be looked through: ${error.message}. Try again in a minute.`);
        throw error;
      }
    },

    'POST /api/v1/sites/:site/drive/files/:file/retry': async (call) => {
      const { params, who } = call;
      const site = await visibleSite(deps, params.site, who);
      const file = await findDriveFile(db, params.file);
      if (file?.siteId !== site.id) throw new ApiError('notFound', 'The site has no such file from Google Drive.');
      call.note({ title: file.name });
      assertReady(who, site.id);
      if (file.state === 'skipped' || file.state === 'trashed') throw new ApiError('wrongState', file.reason?.message ?? 'The file is not brought over. Sync the site to see why.');
      const input: DriveFileRequest = { driveFileId: file.id };
      return acceptRequest(deps, call, { process: ingestDriveFileContract.process, siteId: site.id, requestedBy: who.userId, input: { ...input } });
    },
  };
}

/** Where people see a file. */
const urlOf = (fileId: string): string => `https://drive.google.com/file/d/${encodeURIComponent(fileId)}/view`;

/** What a sync did with a file, and how that stands now. */
function presentFile(file: DriveRunFileRow, row: DriveFileRow | undefined): DriveFileReport {
  return { ...file, id: row?.id ?? null, state: row?.state ?? null, size: row?.size ?? null, url: urlOf(file.fileId) };
}
