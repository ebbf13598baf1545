import { createHash } from 'node:crypto';
import { type DeploymentRow, listSiteDeployments, restoreDeployment } from '#db/queries/deployments.ts';
import { amendRun } from '#db/queries/runs.ts';
import { forgetRedirect, listSiteRedirects, listSuspendedRedirects, recordRedirectManifests, type SiteRedirectRow } from '#db/queries/siteRedirects.ts';
import { findSite, listOtherUrlPaths, type SiteRow } from '#db/queries/sites.ts';
import { type Manifest, type ManifestEntry, planDeploy } from '#domain/manifest.ts';
import { redirectedPath, redirectPage } from '#domain/redirectPage.ts';
import type { PublishVersion } from '#domain/runs.ts';
import { everyFile, partFiles } from '#domain/siteMove.ts';
import { applyPlan } from './applyPlan.ts';
import { getJson, getManifest, putJson, storeKeys } from './buildStore.ts';
import type { ActivityDeps } from './deps.ts';
import { inParallel } from './inParallel.ts';
import { webBucket } from './places.ts';

/** One output of a site (a version in a theme) as it stood before a move. */
export interface StandingOutput {
  readonly version: PublishVersion;
  readonly theme: string;
  readonly manifestKey: string;
  /** A deploy that broke off before the move: its files may be there too. */
  readonly pendingManifestKey: string | null;
  readonly runId: string | null;
  readonly commit: string | null;
  readonly contentRevision: number | null;
  /** ISO 8601. */
  readonly deployedAt: string | null;
}

/** A field of an item in which the site's address was changed. */
export interface Repointing {
  readonly siteId: string;
  readonly site: string;
  /** Text id. */
  readonly item: string;
  readonly field: string;
}

/** What a move's run holds beside its phases: its frozen input, and what was done. */
export interface FrozenMove {
  /** Where readers found the live site, and where they shall find it; both with the root path. */
  readonly from: string;
  readonly to: string;
  readonly urlPathBefore: string | null;
  readonly before: readonly StandingOutput[];
  readonly redirectsBefore: readonly SiteRedirectRow[];
  readonly requestedBy: string | null;
  /** Set with the switch of the address. */
  readonly repointed?: readonly Repointing[];
  readonly isWithdrawn?: boolean;
  readonly redirectPages?: number;
  readonly removedFiles?: number;
  readonly removed?: readonly string[];
}

/** @throws when the run was not checked yet. */
export function frozenMoveOf(frozen: Readonly<Record<string, unknown>>): FrozenMove {
  if (typeof frozen['to'] !== 'string' || typeof frozen['from'] !== 'string') throw new Error('The run of a move does not know where it leads');
  return frozen as unknown as FrozenMove;
}

type PlaceDeps = Pick<ActivityDeps, 'config' | 'db' | 's3'>;

interface PlaceInput {
  readonly site: SiteRow;
  readonly runId: string;
  readonly frozen: FrozenMove;
  readonly abortSignal: AbortSignal;
}

/**
 * Writes pages that lead on at the old place of each live output and at every older one, and takes everything else away
 * there; old drafts go altogether. Pages come first, so that no address is without an answer in between.
 */
export async function layRedirects(deps: PlaceDeps, input: PlaceInput): Promise<{ pages: number; removed: string[] }> {
  const { db } = deps;
  const { site, frozen } = input;
  const outputs = await listSiteDeployments(db, site.id);
  const redirects = await listSiteRedirects(db, site.id);
  let pages = 0;
  const removed: string[] = [];
  for (const before of frozen.before) {
    const old = await getManifest(deps, before.manifestKey);
    const next = await presentManifest(deps, outputs, before);
    // What a move that was ended had begun to put at a third place is nobody's.
    const stray = await pendingManifest(deps, before, null);
    if (stray !== null && stray.prefix !== old.prefix && stray.prefix !== next.prefix) await relay(deps, input, { bucketOf: before.version, current: stray, pending: null, next: { ...stray, files: {} } });
    // A move that broke off may have brought this output there already.
    if (old.prefix === next.prefix) continue;
    const pending = await pendingManifest(deps, before, old.prefix);
    if (before.version === 'draft') {
      await relay(deps, input, { bucketOf: 'draft', current: old, pending, next: { ...old, files: {} } });
      continue;
    }
    const parted = partFiles(everyFile(old, pending));
    await lead(old, pending, parted.pages, next, frozen.from);
    pages += parted.pages.length;
    removed.push(...parted.gone.map((path) => `${old.prefix}/${path}`));
  }
  for (const redirect of redirects) {
    if (redirect.fromPath === frozen.from || redirect.fromPath === frozen.to) continue;
    for (const [theme, key] of Object.entries(redirect.manifests)) {
      // Mostly pages that lead on already; the whole site where a move ended before it had written them.
      const old = await getManifest(deps, key);
      const parted = partFiles(old.files);
      await lead(old, null, parted.pages, await presentManifest(deps, outputs, { version: 'live', theme }), redirect.fromPath);
      pages += parted.gone.length === 0 ? 0 : parted.pages.length;
      removed.push(...parted.gone.map((path) => `${old.prefix}/${path}`));
    }
  }
  // Where the site stands again its own pages took the place of those that led on.
  await forgetRedirect(db, site.id, frozen.to);
  return { pages, removed };

  async function lead(old: Manifest, pending: Manifest | null, paths: readonly string[], target: Manifest, fromPath: string): Promise<void> {
    const next = await redirectManifest(deps, input, old, paths, target);
    // Every page is written, also one that an earlier try is known to have written: what stands there is not known for sure.
    await relay(deps, input, { bucketOf: 'live', current: old, pending, next, always: paths });
    const key = storeKeys.redirects(site.id, input.runId, old.theme, fromPath);
    await putJson(deps, key, next);
    await recordRedirectManifests(db, { siteId: site.id, fromPath, manifests: { [old.theme]: key }, runId: input.runId });
  }
}

/** A live site that is written, by what stands at its own place then. */
export interface SiteThatIsBack {
  readonly siteId: string;
  readonly runId: string;
  readonly outputs: readonly { readonly theme: string; readonly manifest: Manifest }[];
}

/**
 * Writes the pages again that lead on from old addresses, where an unpublish had taken them away; noted when all are there, so
 * that a try that broke off writes them anew. A theme the site has no output in any more leads nowhere.
 */
export async function resumeRedirects(deps: PlaceDeps, back: SiteThatIsBack, abortSignal: AbortSignal): Promise<void> {
  const { siteId, runId, outputs } = back;
  const suspended = await listSuspendedRedirects(deps.db, siteId);
  const site = suspended.length === 0 ? undefined : await findSite(deps.db, siteId);
  if (site === undefined) return;
  const input = { site, runId, abortSignal };
  const resumed: { fromPath: string; manifests: Record<string, string> }[] = [];
  let redirectPages = 0;
  for (const { fromPath, manifests } of suspended) {
    const keys: Record<string, string> = {};
    for (const [theme, key] of Object.entries(manifests)) {
      const target = outputs.find((output) => output.theme === theme)?.manifest;
      if (target === undefined) continue;
      const old = await getManifest(deps, key);
      const next = await redirectManifest(deps, input, old, partFiles(old.files).pages, target);
      await relay(deps, input, { bucketOf: 'live', current: { ...old, files: {} }, pending: null, next });
      keys[theme] = storeKeys.redirects(siteId, runId, theme, fromPath);
      await putJson(deps, keys[theme], next);
      redirectPages += Object.keys(next.files).length;
    }
    resumed.push({ fromPath, manifests: keys });
  }
  await deps.db.transaction(async (trx) => {
    await amendRun(trx, runId, { frozen: { redirectPages } });
    for (const each of resumed) await recordRedirectManifests(trx, { siteId, ...each, runId });
  });
}

/** Takes away what a move put at the new place and sets the deployments back; where pages led on from there, they do so again. */
export async function takeAway(deps: PlaceDeps, input: PlaceInput): Promise<void> {
  const { site, frozen } = input;
  const outputs = await listSiteDeployments(deps.db, site.id);
  for (const before of frozen.before) {
    const now = outputs.find((row) => row.version === before.version && row.theme === before.theme);
    if (now === undefined || (now.manifestKey === before.manifestKey && now.pendingManifestKey === before.pendingManifestKey)) continue;
    const old = await getManifest(deps, before.manifestKey);
    const current = now.manifestKey === null || now.manifestKey === before.manifestKey ? null : await getManifest(deps, now.manifestKey);
    const pending = now.pendingManifestKey === before.pendingManifestKey ? null : await pendingManifest(deps, now, null);
    const there = current ?? pending;
    if (there !== null && there.prefix !== old.prefix) {
      const redirect = before.version === 'live' ? frozen.redirectsBefore.find((row) => row.fromPath === frozen.to)?.manifests[before.theme] : undefined;
      const next = redirect === undefined ? { ...there, files: {} } : await getManifest(deps, redirect);
      await relay(deps, input, { bucketOf: before.version, current: there, pending, next, always: Object.keys(next.files) });
    }
    await restoreDeployment(deps.db, { ...before, siteId: site.id, deployedAt: before.deployedAt === null ? null : new Date(before.deployedAt) });
  }
}

interface Relay {
  readonly bucketOf: PublishVersion;
  readonly current: Manifest;
  readonly pending: Manifest | null;
  readonly next: Manifest;
  readonly always?: readonly string[];
}

/** Makes a place look like `next`: writes first, removals after. */
async function relay(deps: PlaceDeps, input: Omit<PlaceInput, 'frozen'>, places: Relay): Promise<void> {
  const plan = planDeploy({ current: places.current, interrupted: places.pending, next: places.next, always: places.always ?? [], otherPrefixes: await listOtherUrlPaths(deps.db, input.site.id) });
  await applyPlan(deps, { bucket: webBucket(deps.config, { siteName: input.site.name, version: places.bucketOf }), plan, manifest: plan.result, position: 0, abortSignal: input.abortSignal });
}

/** The pages that lead on from each of these paths, stored by their content. */
async function redirectManifest(deps: PlaceDeps, input: Omit<PlaceInput, 'frozen'>, old: Manifest, paths: readonly string[], target: Manifest): Promise<Manifest> {
  const { config, s3 } = deps;
  const files: Record<string, ManifestEntry> = {};
  const bodies = new Map<string, string>();
  for (const path of paths) {
    const html = redirectPage({ path: redirectedPath(target.prefix, path, (candidate) => target.files[candidate] !== undefined), baseUrl: config.liveSiteUrl, siteTitle: input.site.title });
    const sha256 = createHash('sha256').update(html).digest('hex');
    bodies.set(sha256, html);
    files[path] = { sha256, size: Buffer.byteLength(html), contentType: 'text/html; charset=utf-8' };
  }
  await inParallel([...bodies], config.awsMaxConnections, ([sha256, html]) => s3.put(config.buildStoreBucket, storeKeys.blob(sha256), html, { contentType: 'application/octet-stream' }, { abortSignal: input.abortSignal }), { abortSignal: input.abortSignal });
  return { ...old, runId: input.runId, files };
}

async function presentManifest(deps: PlaceDeps, outputs: readonly DeploymentRow[], output: Pick<StandingOutput, 'version' | 'theme'>): Promise<Manifest> {
  const key = outputs.find((row) => row.version === output.version && row.theme === output.theme)?.manifestKey;
  if (key == null) throw new Error(`The ${output.version} output ‘${output.theme}’ of a site that moves stands nowhere`);
  return getManifest(deps, key);
}

/** What a deploy that broke off may have written, if at this place (or, with null, at any). */
async function pendingManifest(deps: PlaceDeps, output: { readonly pendingManifestKey: string | null }, prefix: string | null): Promise<Manifest | null> {
  const pending = output.pendingManifestKey === null ? null : await getJson<Manifest>(deps, output.pendingManifestKey);
  return pending === null || (prefix !== null && pending.prefix !== prefix) ? null : pending;
}
