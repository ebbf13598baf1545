import { findDeployment } from '#db/queries/deployments.ts';
import { listOtherUrlPaths } from '#db/queries/sites.ts';
import type { Manifest, ManifestEntry } from '#domain/manifest.ts';
import { pageDiff } from '#domain/pageDiff.ts';
import { pageText } from '#domain/pageText.ts';
import { addressOf, compareBuild, isHtml, pageKey, type ReviewDiffs, type ReviewFile, type ReviewPage, type ReviewReport } from '#domain/reviewReport.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { getJson, getManifest, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';

/** Pages of a review whose texts are compared; nobody reads more, and each costs two reads. */
const MAX_PAGES = 500;
/** Bytes of a page that is compared; the longest course page has a tenth of it. */
const MAX_PAGE_BYTES = 2_000_000;
/** Pages read at once: each lies in memory twice. */
const PAGES_AT_ONCE = 16;

const ORDER: Readonly<Record<ReviewFile['change'], number>> = { removed: 0, changed: 1, added: 2 };

interface ComparedPage {
  readonly file: ReviewFile;
  readonly before: ManifestEntry | undefined;
  readonly after: ManifestEntry | undefined;
}

/**
 * Compares what a run has built, every theme output, with what is deployed: files, pages with their texts, addresses that die.
 * @throws {ForeignPathError} when the build put a file where another site lives.
 */
export async function makeReport(
  deps: Pick<ActivityDeps, 'config' | 'db' | 's3'>,
  built: { readonly siteId: string; readonly version: PublishVersion; readonly runId: string },
  abortSignal: AbortSignal,
): Promise<{ report: ReviewReport; diffs: ReviewDiffs }> {
  const { siteId, version, runId } = built;
  const outputs = await getJson<{ themes: readonly string[] }>(deps, storeKeys.outputs(siteId, version, runId));
  const otherPrefixes = await listOtherUrlPaths(deps.db, siteId);
  const files: ReviewFile[] = [];
  const pages: ComparedPage[] = [];
  let unchanged = 0;
  for (const theme of outputs?.themes ?? ['']) {
    const next = await getManifest(deps, storeKeys.build(siteId, version, runId, theme));
    const deployment = await findDeployment(deps.db, { siteId, version, theme });
    const current = deployment?.manifestKey == null ? null : await getManifest(deps, deployment.manifestKey);
    const compared = compareBuild(current, next, otherPrefixes);
    const before: Manifest['files'] = current?.prefix === next.prefix ? current.files : {};
    unchanged += compared.unchanged;
    files.push(...compared.files);
    pages.push(...compared.files.filter((file) => isHtml(file.path)).map((file) => ({ file, before: before[file.path], after: next.files[file.path] })));
  }
  pages.sort((a, b) => ORDER[a.file.change] - ORDER[b.file.change]);
  const texts = await comparePages(deps, pages, abortSignal);
  return {
    report: {
      format: 1,
      files,
      pages: texts.pages,
      // A page that was renamed or leads on from an old address is written there again, so what is removed has nothing in its place.
      dying: pages.filter(({ file }) => file.change === 'removed').map(({ file }) => addressOf(file.path)),
      unchanged,
      notCompared: texts.pages.filter((page) => page.inserted === null).length,
    },
    diffs: texts.diffs,
  };
}

async function comparePages(deps: Pick<ActivityDeps, 'config' | 's3'>, pages: readonly ComparedPage[], abortSignal: AbortSignal): Promise<{ pages: ReviewPage[]; diffs: ReviewDiffs }> {
  const compared: ReviewPage[] = pages.map(({ file: { theme, path, change } }) => ({ theme, path, change, title: null, inserted: null, deleted: null }));
  const diffs: Record<string, ReviewDiffs[string]> = {};
  await inParallel(
    pages.slice(0, MAX_PAGES),
    PAGES_AT_ONCE,
    async ({ file: { theme, path, change }, before, after }, at) => {
      const [old, made] = await Promise.all([readPage(deps, before), readPage(deps, after)]);
      if (old === undefined || made === undefined) return;
      const [oldText, madeText] = [pageText(old), pageText(made)];
      const diff = pageDiff(oldText.lines, madeText.lines);
      compared[at] = { theme, path, change, title: madeText.title ?? oldText.title, inserted: diff.inserted, deleted: diff.deleted };
      diffs[pageKey({ theme, path })] = diff;
    },
    { abortSignal },
  );
  return { pages: compared, diffs };
}

/** The page's HTML, empty where there is none; undefined for one that is too large, was uploaded as a file, or is not kept any more. */
async function readPage(deps: Pick<ActivityDeps, 'config' | 's3'>, entry: ManifestEntry | undefined): Promise<string | undefined> {
  if (entry === undefined) return '';
  if (entry.size > MAX_PAGE_BYTES || entry.storageKey !== undefined) return undefined;
  const body = await deps.s3.get(deps.config.buildStoreBucket, storeKeys.blob(entry.sha256));
  return body?.toString('utf8');
}
